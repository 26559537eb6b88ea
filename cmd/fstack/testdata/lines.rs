// Functions that are inlined into others. Each says where it makes its call.
extern "C" {
    fn pause() -> i32;
}

#[inline(never)]
fn stay(calls: &[(&str, u32, &str)]) -> usize {
    for (function, line, how) in calls.iter().rev() {
        println!("{function} {line} {how}");
    }
    println!("ready");
    unsafe { pause() };
    calls.len()
}

#[inline(always)]
fn inner(n: u32, calls: [(&'static str, u32, &'static str); 2]) -> usize {
    let all = [calls[0], calls[1], ("lines::inner", line!() + 1, "inlined")];
    stay(&all) + n as usize
}

#[inline(always)]
fn middle(n: u32, first: (&'static str, u32, &'static str)) -> usize {
    inner(n, [first, ("lines::middle", line!(), "inlined")]) + 1
}

#[inline(never)]
fn outer(n: u32) -> usize {
    middle(n, ("lines::outer", line!(), "called")) + 1
}

fn main() {
    std::process::exit(outer(std::env::args().count() as u32) as i32);
}
