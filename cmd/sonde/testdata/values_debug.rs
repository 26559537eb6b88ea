// Calls with values of Rust's types. Behind //= stands how a trace shows each call,
// addresses as 0x.
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub enum Shape {
    Circle(f64),
    Rect { w: u32, h: u32 },
    Named(String),
    Unit,
}

pub enum Niche {
    Text(String),
    Missing,
    Other,
}

#[derive(Clone, Copy)]
pub enum Color {
    Red,
    Green = 5,
    Blue,
}

pub struct P {
    x: i32,
    y: i32,
}

pub trait Speak {
    fn speak(&self) -> i32;
}

impl Speak for P {
    fn speak(&self) -> i32 {
        self.y
    }
}

#[inline(never)]
fn opt_ref(a: Option<&u32>, b: Option<&u32>) -> u32 {
    *a.or(b).unwrap()
}
#[inline(never)]
fn opt_zero(a: Option<NonZeroU32>, b: Option<NonZeroU32>) -> Option<NonZeroU32> {
    a.and(b)
}
#[inline(never)]
fn opt_box(a: Option<Box<P>>, b: Option<Box<P>>) -> Option<Box<P>> {
    a.or(b)
}
#[inline(never)]
fn opt_small(a: Option<u8>, b: Option<bool>, c: Option<char>, d: Option<bool>) -> Option<char> {
    if a.is_some() && b.is_some() && d.is_none() { c } else { None }
}
#[inline(never)]
fn opt_text(a: Option<&str>, b: Option<&str>, c: Option<String>) -> Option<String> {
    if a.is_some() || b.is_some() { c } else { None }
}
#[inline(never)]
fn opt_list(a: Option<&Vec<u32>>, b: Option<&[u32]>) -> Option<u32> {
    a.and(b).map(|s| s[0])
}
#[inline(never)]
fn opt_opt(a: Option<Option<bool>>, b: Option<Color>, c: Option<Shape>) -> Option<Shape> {
    if a.is_some() || b.is_some() { c } else { None }
}
#[inline(never)]
fn opt_call(a: Option<fn(i32)>, b: Option<extern "C" fn()>) -> bool {
    a.is_some() && b.is_none()
}
#[inline(never)]
fn shape(s: &Shape, t: Niche, c: Color) -> Color {
    match (s, &t) {
        (Shape::Unit, _) => Color::Red,
        (Shape::Rect { w, h }, Niche::Text(_)) if w < h => Color::Green,
        _ => c,
    }
}
#[inline(never)]
fn result(a: Result<u32, String>) -> Result<u32, std::num::ParseIntError> {
    match a {
        Ok(n) => Ok(n + 1),
        Err(s) => s.parse(),
    }
}
#[inline(never)]
fn texts(a: &str, b: &String, c: &[u8], d: &Vec<String>, e: &[&str], f: Cow<str>, g: Cow<str>) -> usize {
    a.len() + b.len() + c.len() + d.len() + e.len() + f.len() + g.len()
}
#[inline(never)]
fn shared(a: &Box<P>, b: Rc<P>, c: Arc<String>, d: &dyn Speak, e: &Box<dyn Speak>) -> i32 {
    a.x + b.y + c.len() as i32 + d.speak() + e.speak()
}
#[inline(never)]
fn counts(a: &HashMap<String, u32>, b: &BTreeMap<u32, u32>, c: &VecDeque<u8>, d: HashSet<u32>) -> usize {
    a.len() + b.len() + c.len() + d.len()
}
#[inline(never)]
fn cells(a: &RefCell<u32>, b: &Cell<u32>, c: &mut P) -> P {
    P { x: *a.borrow() as i32 + c.x, y: b.get() as i32 }
}
#[inline(never)]
fn places(a: (), b: (u8, u16), c: [u8; 4], d: [u32; 3], e: u128, f: (), g: i8) -> (u32, f32) {
    std::hint::black_box((a, b, c, d, e, f, g));
    (1, 2.5)
}
#[inline(never)]
fn time(a: Duration, b: std::ops::Range<u32>) -> u64 {
    a.as_secs() + b.start as u64
}
#[inline(never)]
fn apply(f: &dyn Fn(i32, &str) -> i32) -> i32 {
    f(4, "four")
}
fn call(_: i32) {}

fn main() {
    let n = 7u32;
    opt_ref(Some(&n), None); //= opt_ref(a=Some(7), b=None) = 7
    opt_zero(NonZeroU32::new(5), None); //= opt_zero(a=Some(5), b=None) = None
    opt_zero(NonZeroU32::new(5), NonZeroU32::new(6)); //= opt_zero(a=Some(5), b=Some(6)) = Some(6)
    opt_box(None, Some(Box::new(P { x: 1, y: 2 }))); //= opt_box(a=None, b=Some({ x=1, y=2 })) = Some({ x=1, y=2 })
    opt_small(Some(1), Some(true), Some('é'), None); //= opt_small(a=Some(1), b=Some(true), c=Some('é'), d=None) = Some('é')
    opt_text(Some("a"), None, Some("own".into())); //= opt_text(a=Some("a"), b=None, c=Some("own")) = Some("own")
    opt_text(None, None, None); //= opt_text(a=None, b=None, c=None) = None
    opt_list(None, Some(&[4, 5])); //= opt_list(a=None, b=Some([ 4, 5 ])) = None
    opt_opt(Some(None), Some(Color::Blue), Some(Shape::Named("z".into()))); //= opt_opt(a=Some(None), b=Some(Blue), c=Some(Named("z"))) = Some(Named("z"))
    opt_opt(Some(Some(true)), None, Some(Shape::Unit)); //= opt_opt(a=Some(Some(true)), b=None, c=Some(Unit)) = Some(Unit)
    opt_opt(None, None, None); //= opt_opt(a=None, b=None, c=None) = None
    opt_call(Some(call), None); //= opt_call(a=Some(values_debug::call), b=None) = true
    shape(&Shape::Circle(1.5), Niche::Other, Color::Green); //= shape(s=Circle(1.500000), t=Other, c=Green) = Green
    shape(&Shape::Rect { w: 2, h: 3 }, Niche::Text("hi".into()), Color::Blue); //= shape(s=Rect(w=2, h=3), t=Text("hi"), c=Blue) = Green
    shape(&Shape::Unit, Niche::Missing, Color::Blue); //= shape(s=Unit, t=Missing, c=Blue) = Red
    let _ = result(Ok(3)); //= result(a=Ok(3)) = Ok(4)
    let _ = result(Err("bad".into())); //= result(a=Err("bad")) = Err(InvalidDigit)
    let own = vec!["q".to_string(), "r".to_string()];
    texts("a\n", &"c".to_string(), b"\x01", &own, &["x", "y"], "b".into(), String::from("o").into()); //= texts(a="a\n", b="c", c=[ 1 ], d=[ "q", "r" ], e=[ "x", "y" ], f=Borrowed("b"), g=Owned("o")) = 10
    let (boxed, speaker): (_, Box<dyn Speak>) = (Box::new(P { x: 1, y: 2 }), Box::new(P { x: 7, y: 8 }));
    shared(&boxed, Rc::new(P { x: 3, y: 4 }), Arc::new("five".into()), &P { x: 9, y: 10 }, &speaker); //= shared(a={ x=1, y=2 }, b={ x=3, y=4 }, c="five", d=0x, e=0x) = 27
    let (map, tree) = (HashMap::from([("k".to_string(), 1)]), BTreeMap::from([(1, 2), (3, 4)]));
    counts(&map, &tree, &VecDeque::from([3, 4, 5]), HashSet::new()); //= counts(a=1 [...], b=2 [...], c=3 [...], d=0 []) = 6
    cells(&RefCell::new(4), &Cell::new(5), &mut P { x: 3, y: 4 }); //= cells(a=4, b=5, c={ x=3, y=4 }) = { x=7, y=5 }
    places((), (1, 2), [1, 2, 3, 4], [5, 6, 7], 1 << 70, (), -1); //= places((), b={ 1, 2 }, c=[ 1, 2, 3, 4 ], d=[ 5, 6, 7 ], e=1180591620717411303424, (), g=-1) = { 1, 2.500000 }
    time(Duration::from_millis(1500), 1..9); //= time(a={ secs=1, nanos=500000000 }, b={ start=1, end=9 }) = 2
    let m = n as i32;
    apply(&|a, _| a + m); //= main::{{closure}}(a=4, "four") = 11
}
