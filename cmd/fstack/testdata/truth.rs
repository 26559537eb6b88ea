// As truth.c, of what Rust has: functions by their names alone.

use std::io::Write;

extern "C" {
    fn pause() -> i32;
    fn qsort(base: *mut u8, n: usize, size: usize, compare: extern "C" fn(*const u8, *const u8) -> i32);
}

fn waits(stack: &[&str]) {
    println!("tid {}", std::process::id());
    for name in stack {
        println!("name {}", name);
    }
    println!("ready");
    std::io::stdout().flush().unwrap();
    loop {
        unsafe { pause() };
    }
}

trait Speaks {
    fn speak(&self, n: u32) -> u32;
}

struct Dog(u32);

impl Speaks for Dog {
    #[inline(never)]
    fn speak(&self, n: u32) -> u32 {
        waits(&["waits", "speak", "asks"]);
        self.0 + n
    }
}

#[inline(never)]
fn asks(who: &dyn Speaks) -> u32 {
    std::hint::black_box(who).speak(3) + 1
}

#[inline(never)]
extern "C" fn compare(a: *const u8, b: *const u8) -> i32 {
    waits(&["waits", "compare", "sorts"]);
    unsafe { *a as i32 - *b as i32 }
}

#[inline(never)]
fn sorts() -> u8 {
    let mut letters = *b"cab";
    unsafe { qsort(letters.as_mut_ptr(), 3, 1, compare) };
    std::hint::black_box(letters[0])
}

struct Guard;

impl Drop for Guard {
    #[inline(never)]
    fn drop(&mut self) {
        waits(&["waits", "drop", "panics"]);
    }
}

// A value that is dropped while a panic unwinds the stack.
#[inline(never)]
fn panics(n: u32) -> u32 {
    let _guard = Guard;
    if std::hint::black_box(n) == 1 {
        panic!("as it should");
    }
    n
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "trait" => println!("{}", asks(&Dog(1))),
        "callback" => println!("{}", sorts()),
        "panic" => println!("{}", panics(1)),
        _ => std::process::exit(2),
    }
}
