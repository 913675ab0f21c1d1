// SPDX-License-Identifier: GPL-3.0-or-later
// What is lost and who holds the rest, said at each line that allocates: known.py reads it.
use std::cell::RefCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};

struct Node {
    next: RefCell<Option<Rc<Node>>>,
    room: [u64; 4],
}

trait Shape {
    fn area(&self) -> u64;
}
struct Square(u64);
struct Oblong(u64, u64);
impl Shape for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}
impl Shape for Oblong {
    fn area(&self) -> u64 {
        self.0 * self.1
    }
}

static SHAPES: Mutex<Vec<Box<dyn Shape + Send>>> = Mutex::new(Vec::new());
static LEAKED: OnceLock<&'static mut [u64]> = OnceLock::new();
static SHARED: OnceLock<Arc<[u64; 8]>> = OnceLock::new();
static TABLE: OnceLock<HashMap<u32, Box<u64>>> = OnceLock::new();

#[inline(never)]
fn lose() {
    // Two that count each other.
    let one = Rc::new(Node { next: RefCell::new(None), room: [1; 4] }); //= indirect 1 64
    let two = Rc::new(Node { next: RefCell::new(None), room: [2; 4] }); //= indirect 1 64
    *one.next.borrow_mut() = Some(two.clone());
    *two.next.borrow_mut() = Some(one.clone());
    black_box(one.room[0] + two.room[0]);
    // Given away for the program's lifetime, and forgotten.
    let leaked: &'static mut [u64; 10] = Box::leak(Box::new([3; 10])); //= lost 1 80
    black_box(leaked[0]);
    std::mem::forget(vec![4u32; 25]); //= lost 1 100
    let mut shapes: Vec<Box<dyn Shape>> = Vec::with_capacity(2); //= lost 1 32
    shapes.push(Box::new(Square(5))); //= indirect 1 8
    shapes.push(Box::new(Oblong(6, 7))); //= indirect 1 16
    black_box(shapes.iter().map(|shape| shape.area()).sum::<u64>());
    std::mem::forget(shapes);
    let name = std::ffi::CString::new(vec![b'n'; 40]).unwrap(); //= lost 1 41
    black_box(name.into_raw());
}

#[inline(never)]
fn hold() {
    let mut shapes = SHAPES.lock().unwrap();
    shapes.reserve_exact(10); //= [shapes] held 1 160 by static known::SHAPES
    for side in 0..5 {
        shapes.push(Box::new(Square(side))); //= held 5 40 by static known::SHAPES -> 160 B [shapes]
        shapes.push(Box::new(Oblong(side, 2))); //= held 5 80 by static known::SHAPES -> 160 B [shapes]
    }
    LEAKED.set(Box::leak(vec![8u64; 30].into_boxed_slice())).ok(); //= held 1 240 by static known::LEAKED
    SHARED.set(Arc::new([9; 8])).ok(); //= held 1 80 by static known::SHARED
    let mut table = HashMap::with_capacity(100); //= [table] inside 1 2192 by static known::TABLE
    for key in 0..100u32 {
        table.insert(key, Box::new(u64::from(key))); //= inside 100 800 by static known::TABLE -> 2192 B [table]
    }
    TABLE.set(table).ok();
}

// Words that the functions before left on the stack hold nothing afterwards.
#[inline(never)]
fn scrub() {
    black_box([0u8; 65536]);
}

fn main() {
    hold();
    lose();
    scrub();
    std::io::stdout().write_all(b".").unwrap();
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut [0; 1]);
}
