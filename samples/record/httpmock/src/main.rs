//! Records the httpmock samples from server.py with httpmock's own recorder, as Rig does.
//!
//!     CARGO_TARGET_DIR=/tmp/httpmock cargo run -- http://127.0.0.1:8765 OUT_DIR

use std::path::Path;

use httpmock::prelude::*;
use serde_json::Value;

fn main() {
    let [base, out] = [1, 2].map(|n| std::env::args().nth(n).expect("BASE and OUT_DIR"));
    let plan: Value = serde_json::from_reader(ureq::get(&format!("{base}/_plan")).call().unwrap().into_reader()).unwrap();
    for (n, sample) in plan.as_array().unwrap().iter().enumerate() {
        if sample["recorder"] != "httpmock" {
            continue;
        }
        let path = Path::new(&out).join(sample["file"].as_str().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let server = MockServer::start();
        server.forward_to(base.as_str(), |rule| {
            rule.filter(|when| {
                when.any_request();
            });
        });
        let recording = server.record(|rule| {
            rule.record_request_headers(vec!["accept", "content-type"]).filter(|when| {
                when.any_request();
            });
        });
        for (i, request) in sample["requests"].as_array().unwrap().iter().enumerate() {
            send(&server.url(format!("/{n}/{i}{}", request["path"].as_str().unwrap())), request);
        }
        let saved = recording.save_to(path.parent().unwrap(), "sample").unwrap();
        // The local server's paths become the provider's, and as in Rig's fixtures only the content type is kept.
        let mut text = std::fs::read_to_string(&saved).unwrap();
        for i in 0..10 {
            text = text.replace(&format!("path: /{n}/{i}/"), "path: /");
        }
        std::fs::write(&path, text).unwrap();
        std::fs::remove_file(saved).unwrap();
        println!("{}", path.display());
    }
}

fn send(url: &str, request: &Value) {
    let mut call = ureq::request(request["method"].as_str().unwrap(), url);
    for (name, value) in request["headers"].as_object().unwrap() {
        call = call.set(name, value.as_str().unwrap());
    }
    let answer = match request["body"].as_str() {
        Some(body) => call.send_string(body),
        None => call.call(),
    };
    // A status that says no is an answer too.
    let answer = answer.or_else(|error| error.into_response().ok_or(())).unwrap();
    std::io::copy(&mut answer.into_reader(), &mut std::io::sink()).unwrap();
}
