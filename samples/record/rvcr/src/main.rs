//! Records the rvcr sample from server.py with the real recorder, a middleware of reqwest's.
//!
//!     CARGO_TARGET_DIR=/tmp/rvcr cargo run -- http://127.0.0.1:8765 OUT_DIR

use std::path::Path;

use reqwest_middleware::ClientBuilder;
use rvcr::{VCRMiddleware, VCRMode};
use serde_json::Value;

const MOMENT: &str = "\"recorded_at\": \"";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [base, out] = [1, 2].map(|n| std::env::args().nth(n).expect("BASE and OUT_DIR"));
    let plan = reqwest::get(format!("{base}/_plan")).await.unwrap().text().await.unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    for (n, sample) in plan.as_array().unwrap().iter().enumerate() {
        if sample["recorder"] != "rvcr" {
            continue;
        }
        let path = Path::new(&out).join(sample["file"].as_str().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        let recorder = VCRMiddleware::try_from(path.clone()).unwrap().with_mode(VCRMode::Record);
        let client = ClientBuilder::new(reqwest::Client::new()).with(recorder).build();
        for (i, request) in sample["requests"].as_array().unwrap().iter().enumerate() {
            let url = format!("{base}/{n}/{i}{}", request["path"].as_str().unwrap());
            let mut call = client.request(request["method"].as_str().unwrap().parse().unwrap(), url);
            for (name, value) in request["headers"].as_object().unwrap() {
                call = call.header(name.as_str(), value.as_str().unwrap());
            }
            if let Some(body) = request["body"].as_str() {
                call = call.body(body.to_owned());
            }
            call.send().await.unwrap().bytes().await.unwrap();
        }
        // The recorder writes when it is let go of. It cannot record what is no text: version 0.2.1 fails on its own base64.
        drop(client);
        let mut text = std::fs::read_to_string(&path).unwrap();
        for i in 0..10 {
            text = text.replace(&format!("{base}/{n}/{i}"), sample["host"].as_str().unwrap());
        }
        // The clock is put right, so that a rerun is the same.
        let (mut put_right, mut rest) = (String::new(), text.as_str());
        while let Some(at) = rest.find(MOMENT) {
            let end = at + MOMENT.len() + rest[at + MOMENT.len()..].find('"').unwrap();
            put_right += &rest[..at];
            put_right += MOMENT;
            put_right += "Thu, 09 Oct 2025 08:53:20 +0000";
            rest = &rest[end..];
        }
        put_right += rest;
        std::fs::write(&path, put_right).unwrap();
        println!("{}", path.display());
    }
}
