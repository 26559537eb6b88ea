// Functions of Rust, whose prototypes rust.want knows.
#![allow(dead_code, improper_ctypes_definitions, non_snake_case)]
use std::path::Path;

// keep is std::hint::black_box, which older compilers lack.
#[inline(never)]
fn keep<T>(x: T) -> T {
    let y = unsafe { std::ptr::read_volatile(&x) };
    std::mem::forget(x);
    y
}

pub struct Point {
    x: i32,
    y: i32,
}
pub enum Shape {
    Circle(f64),
    Rect { w: u32, h: u32 },
    Nothing,
}
#[derive(Clone, Copy)]
pub enum Color {
    Red,
    Green = 5,
}
pub trait Area {
    fn area(&self) -> u64;
}
impl Area for Point {
    #[inline(never)]
    fn area(&self) -> u64 {
        (self.x * self.y) as u64
    }
}
impl Point {
    #[inline(never)]
    pub fn moved(&mut self, by: i32) -> &mut Point {
        self.x += by;
        self
    }
    #[inline(never)]
    pub fn sum(self) -> i32 {
        self.x + self.y
    }
}

#[inline(never)]
pub fn f_numbers(a: i8, b: u8, c: i64, d: usize, e: f32, f: f64, g: bool, h: char) -> u128 {
    keep(a as u128 + b as u128 + c as u128 + d as u128 + e as u128 + f as u128 + g as u128 + h as u128)
}
#[inline(never)]
pub fn f_text(s: &str, t: &String, u: String, p: &Path) -> usize {
    keep(s.len() + t.len() + u.len() + p.as_os_str().len())
}
#[inline(never)]
pub fn f_slices(v: &Vec<u32>, s: &[i16], m: &mut [u8], o: Vec<Point>) -> usize {
    keep(v.len() + s.len() + m.len() + o.len())
}
#[inline(never)]
pub fn f_options(p: Option<&Point>, n: Option<u32>, b: Option<Box<i32>>) -> Option<usize> {
    keep(p.map(|p| p.x as usize + n.unwrap_or(0) as usize + b.map(|b| *b).unwrap_or(1) as usize))
}
#[inline(never)]
pub fn f_shape(s: &Shape, c: Color) -> Result<u32, String> {
    keep(match s {
        Shape::Circle(r) => Ok(*r as u32),
        Shape::Rect { w, h } => Ok(w * h),
        Shape::Nothing => Err(format!("{}", c as u32)),
    })
}
#[inline(never)]
pub fn f_object(a: &dyn Area, f: fn(i32) -> i32) -> (i32, i32) {
    keep((a.area() as i32, f(1)))
}
pub struct Three {
    a: u32,
    b: u32,
    c: u32,
}
#[inline(never)]
pub fn f_small(t: Three, e: Result<u32, u32>, a: (u8, u8, u16)) -> Three {
    keep(Three { a: t.a + e.unwrap_or(0), b: a.0 as u32 + a.1 as u32, c: a.2 as u32 + t.b + t.c })
}
#[inline(never)]
pub fn f_floats(p: (f32, f32), t: (f32, f32, f32)) -> f32 {
    keep(p.0 + p.1 + t.0 + t.1 + t.2)
}
#[no_mangle]
#[inline(never)]
pub extern "C" fn f_c(n: i32, s: *const i8, p: *mut Point) -> i32 {
    keep(n + if s.is_null() || p.is_null() { 1 } else { 2 })
}
#[inline(never)]
pub fn f_never(code: i32) -> ! {
    std::process::exit(keep(code))
}

fn main() {
    let mut p = Point { x: 1, y: 2 };
    let text = String::from("text");
    keep(f_numbers(1, 2, 3, 4, 5.0, 6.0, true, 'x'));
    keep(f_text("s", &text, text.clone(), Path::new("/")));
    keep(f_slices(&vec![1, 2], &[3], &mut [4u8], vec![]));
    keep(f_options(Some(&p), Some(1), None).is_some());
    keep(f_shape(&Shape::Rect { w: 1, h: 2 }, Color::Green).is_ok());
    keep(f_shape(&Shape::Circle(1.0), Color::Red).is_ok());
    keep(f_shape(&Shape::Nothing, Color::Red).is_ok());
    keep(f_object(&p, |n| n + 1));
    keep(f_c(1, std::ptr::null(), &mut p));
    keep(p.moved(2).x);
    keep(p.sum());
    keep(f_small(Three { a: 1, b: 2, c: 3 }, Ok(1), (1, 2, 3)));
    keep(f_floats((1.0, 2.0), (3.0, 4.0, 5.0)));
    f_never(0)
}
