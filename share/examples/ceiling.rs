// SPDX-License-Identifier: GPL-3.0-or-later
// memtop's ceiling from Rust: the tracer's one function, found by dlsym; the
// numbers of its operations are those of memtop.h.
//
//     rustc -g ceiling.rs && memtop check -- ./ceiling
use std::ffi::{c_char, c_int, c_uint, c_void};

extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

type Entry = unsafe extern "C" fn(c_uint, *mut c_char, u64, *mut u64) -> c_int;

/// None without memtop.
fn memtop() -> Option<Entry> {
    let entry = unsafe { dlsym(std::ptr::null_mut(), b"memtop_abi_1\0".as_ptr().cast()) };
    (!entry.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, Entry>(entry) })
}

fn reset_peak() {
    if let Some(entry) = memtop() {
        unsafe { entry(4, std::ptr::null_mut(), 0, std::ptr::null_mut()) };
    }
}

/// Err with the real peak and the lines if it was more than `bytes` above what
/// was live at the last reset_peak.
fn ceiling(bytes: u64) -> Result<(), String> {
    let mut text = [0u8; 1024];
    let mut values = [bytes, 0];
    let Some(entry) = memtop() else { return Ok(()) };
    let broken = unsafe { entry(8, text.as_mut_ptr().cast(), 1024, values.as_mut_ptr()) } == 1;
    let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
    if broken { Err(String::from_utf8_lossy(&text[..end]).into_owned()) } else { Ok(()) }
}

fn build_report(rows: usize) -> Vec<Vec<u8>> {
    (0..rows).map(|_| vec![b'x'; 1024]).collect()
}

fn main() {
    reset_peak();
    drop(build_report(2_000));
    ceiling(5 << 20).expect("2,000 rows");
    reset_peak();
    drop(build_report(20_000));
    ceiling(5 << 20).expect("20,000 rows");
}
