//! What every codec must do, checked over the table.

use proptest::prelude::*;

use super::*;

/// Returns something each codec wrote, for its manner.
fn old(codec: &dyn Codec) -> Vec<u8> {
    match codec.name() {
        "gzip" => b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0".to_vec(),
        "zlib" => b"\x78\x9c\x03\0\0\0\0\x01".to_vec(),
        "deflate" => b"\x03\0".to_vec(),
        "chunked" => b"0\r\n\r\n".to_vec(),
        "base64" => b"QUJD\nREVG\n".to_vec(),
        "hex" => b"4142\n4344".to_vec(),
        "base64-list" => br#"["QUJD","REVG"]"#.to_vec(),
        "hex-list" => br#"["4142","4344"]"#.to_vec(),
        _ => codec.encode(b"old", b"").unwrap(),
    }
}

fn encoded(codec: &dyn Codec, decoded: &[u8]) -> Vec<u8> {
    codec.encode(decoded, &old(codec)).unwrap()
}

/// Bytes as bodies have them: noise, and text that repeats itself.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..300);
    let text =
        ("[a-z\"{},: é]{0,40}", 1..200_usize).prop_map(|(text, times)| text.repeat(times).into_bytes());
    prop_oneof![noise, text]
}

#[test]
fn names_are_told_apart() {
    for codec in CODECS {
        assert_eq!(by_name(codec.name()).unwrap().name(), codec.name());
    }
    assert!(by_name("rot13").is_none());
}

#[test]
fn compressions_know_their_own_output() {
    for codec in CODECS {
        let fits: Vec<_> = CODECS.iter().filter(|other| other.sniff(&encoded(*codec, b"hello"))).collect();
        let wanted = usize::from(matches!(codec.name(), "gzip" | "zlib" | "zstd"));
        assert_eq!(fits.len(), wanted, "{codec:?}");
        assert!(fits.iter().all(|other| other.name() == codec.name()));
    }
}

proptest! {
    #[test]
    fn what_is_encoded_decodes(body in body()) {
        for codec in CODECS {
            let bytes = encoded(*codec, &body);
            prop_assert_eq!(codec.decode(&bytes, body.len()), Ok(body.clone()), "{:?}", codec);
            let again = codec.encode(&body, &bytes).unwrap();
            prop_assert_eq!(codec.decode(&again, body.len()), Ok(body.clone()), "{:?}", codec);
        }
    }

    #[test]
    fn more_than_the_limit_is_refused(body in body().prop_filter("something", |body| !body.is_empty())) {
        for codec in CODECS {
            let found = codec.decode(&encoded(*codec, &body), body.len() - 1);
            prop_assert_eq!(found.unwrap_err().fault, Fault::TooLarge, "{:?}", codec);
        }
    }

    #[test]
    fn a_part_decodes_to_a_part(body in body(), cut in any::<prop::sample::Index>()) {
        for codec in CODECS {
            let bytes = encoded(*codec, &body);
            let found = codec.decode(&bytes[..cut.index(bytes.len() + 1)], body.len());
            let decoded = found.unwrap_or_else(|error| error.decoded);
            prop_assert!(body.starts_with(&decoded), "{:?}", codec);
        }
    }

    #[test]
    fn damage_does_no_harm(
        body in body(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for codec in CODECS {
            let mut bytes = encoded(*codec, &body);
            for (at, byte) in damage.iter().take(bytes.len()) {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let _ = codec.decode(&bytes, 1 << 20);
            let _ = codec.encode(b"new", &bytes);
        }
    }

    #[test]
    fn noise_does_no_harm(noise in proptest::collection::vec(any::<u8>(), 0..100)) {
        for codec in CODECS {
            let _ = codec.decode(&noise, 1 << 20);
            let _ = codec.encode(b"new", &noise);
        }
    }
}

/// A gigabyte of zeros, made by repeating what sixteen megabytes compress to.
mod bombs {
    use std::io::Write as _;

    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    /// Deflate forgets what was before a full flush, so its pieces can be repeated.
    fn deflate() -> Vec<u8> {
        let zeros = vec![0; 16 << 20];
        let mut piece = Vec::with_capacity(1 << 20);
        Compress::new(Compression::fast(), false)
            .compress_vec(&zeros, &mut piece, FlushCompress::Full)
            .unwrap();
        piece.repeat(64)
    }

    /// A block of 128 kB of one byte takes four bytes.
    fn zstd() -> Vec<u8> {
        let block = (128_u32 << 10) << 3 | 1 << 1;
        let header = [0x28, 0xB5, 0x2F, 0xFD, 0, 0x58];
        [&header[..], &[&block.to_le_bytes()[..3], &[0]].concat().repeat(8 << 10)].concat()
    }

    fn brotli() -> Vec<u8> {
        let mut writer = ::brotli::CompressorWriter::new(Vec::new(), 1 << 20, 1, 22);
        let zeros = vec![0; 1 << 20];
        (0..1024).for_each(|_| writer.write_all(&zeros).unwrap());
        writer.into_inner()
    }

    #[test]
    fn are_refused() {
        let raw = deflate();
        let gzip = [&b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..], &raw].concat();
        let zlib = [&b"\x78\x9c"[..], &raw].concat();
        let bombs =
            [("deflate", raw), ("gzip", gzip), ("zlib", zlib), ("zstd", zstd()), ("brotli", brotli())];
        for (name, bomb) in bombs {
            assert!(bomb.len() < 20 << 20, "{name} is small");
            for limit in [0, 1 << 20, 20 << 20] {
                let found = by_name(name).unwrap().decode(&bomb, limit);
                assert_eq!(found.unwrap_err().fault, Fault::TooLarge, "{name}");
            }
        }
    }
}
