// Calls with known arguments and results, by Rust's own convention.

#[derive(Clone, Copy)]
pub struct Mixed {
    a: u8,
    b: u32,
}

#[derive(Clone, Copy)]
pub struct Half {
    a: f32,
    b: u64,
}

#[derive(Clone, Copy)]
pub struct Meters(f64);

#[derive(Clone, Copy)]
pub struct Small(u16, u16, u16);

#[derive(Clone, Copy)]
pub struct Large(u64, u64, u64);

#[no_mangle]
#[inline(never)]
pub fn scalars(a: i8, b: u64, c: f32, d: f64, e: u128, f: bool) -> u128 {
    e + (a as i32 as u128 & 1) + b as u128 * (c + d as f32) as u128 * f as u128
}

#[no_mangle]
#[inline(never)]
pub fn pairs(a: Mixed, s: &str, h: Half) -> Half {
    Half { a: h.a + a.a as f32, b: h.b + s.len() as u64 }
}

#[no_mangle]
#[inline(never)]
pub fn floats(a: (f32, f32), b: Meters) -> (f32, f32) {
    (a.1 + b.0 as f32, a.0)
}

#[no_mangle]
#[inline(never)]
pub fn small(a: Small, b: [u8; 5]) -> Small {
    Small(a.0 + 1, a.1, b[4] as u16)
}

#[no_mangle]
#[inline(never)]
pub fn large(a: Large, b: [u32; 3], c: u8) -> Large {
    Large(a.0, b[2] as u64, c as u64)
}

#[no_mangle]
#[inline(never)]
pub fn arrays(a: [f32; 2], b: Meters, c: [u32; 3]) -> [u32; 3] {
    [a[0] as u32, b.0 as u32, c[0]]
}

#[no_mangle]
#[inline(never)]
pub fn split(_: u64, _: u64, _: u64, _: u64, _: u64, s: &[u8], last: u8) -> (u8, i16) {
    (last, s.len() as i16)
}

fn main() {
    scalars(-3, 5, 1.5, 2.5, 1 << 100, true);
    pairs(Mixed { a: 7, b: 70000 }, "text", Half { a: 0.5, b: 1 << 40 });
    floats((1.25, -2.5), Meters(8.0));
    small(Small(1, 2, 3), [1, 2, 3, 4, 5]);
    large(Large(11, 12, 13), [21, 22, 23], 31);
    arrays([3.0, 4.0], Meters(5.5), [6, 7, 8]);
    split(1, 2, 3, 4, 5, &[1, 2, 3], 66);
}
