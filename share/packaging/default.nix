# SPDX-License-Identifier: GPL-3.0-or-later
# For Nix, from a checkout or the tarball: nix-build share/packaging
# memtop is in result/bin then, its library in result/lib/memtop.
{ pkgs ? import <nixpkgs> { } }:
let
  inherit (pkgs) lib stdenv;
  # The version stands in the Makefile alone.
  lines = lib.splitString "\n" (builtins.readFile ../../Makefile);
  stated = lib.findFirst (lib.hasPrefix "VERSION = ") (throw "the Makefile has no VERSION") lines;
in
stdenv.mkDerivation {
  pname = "memtop";
  version = lib.removePrefix "VERSION = " stated;
  src = lib.cleanSourceWith {
    src = lib.cleanSource ../..;
    filter = path: type: baseNameOf path != "build";
  };
  # libvterm of Paul Evans, which nixpkgs has by the name of its other user.
  buildInputs = with pkgs; [
    elfutils libiberty libunwind libvterm-neovim ncurses readline sqlite zlib
  ];
  enableParallelBuilding = true;
  makeFlags = [
    "CC=${stdenv.cc.targetPrefix}cc"
    "PREFIX=${placeholder "out"}"
    "WERROR="
  ];
  meta = {
    description = "Which source lines of a running program hold its memory";
    license = with lib.licenses; [ gpl3Plus mit ];
    platforms = [ "x86_64-linux" ];
    mainProgram = "memtop";
  };
}
