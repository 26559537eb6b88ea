// A program whose functions fail with errors of the system.
use std::io::{Error, ErrorKind};

#[inline(never)]
fn fail(how: u32) -> Result<u32, Error> {
    std::hint::black_box(match how {
        0 => Ok(7),
        1 => std::fs::File::open("/nonexistent").map(|_| 0),
        2 => Err(Error::from_raw_os_error(11)),
        3 => Err(Error::from(ErrorKind::NotFound)),
        _ => Err(Error::new(ErrorKind::Other, "own")),
    })
}

fn main() {
    for how in 0..5 {
        let _ = std::hint::black_box(fail(how));
    }
}
