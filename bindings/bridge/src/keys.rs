//! Tables by small numbers that we or our host chose: nobody attacks them, so one multiplication is hash enough.
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes keys of 64 bits.
pub(crate) type ByKey = BuildHasherDefault<KeyHasher>;

#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        // An odd number near 2^64 / golden ratio spreads neighbours; the table looks at the upper and the lower bits.
        self.0 = (self.0 ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}
