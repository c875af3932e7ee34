//! Device names from `User-Agent`. Built from constants only: text of the header is never repeated.

use contracts::auth::devices::{Device, DeviceKind};

const BROWSERS: &[(&str, &str)] = &[
    ("YaBrowser/", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("Linux", "Linux"),
];

/// Device of a header `User-Agent`.
pub fn of(agent: &str) -> Device {
    let find =
        |words: &[(&str, &'static str)]| words.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name);
    let names: Vec<_> = [find(BROWSERS), find(SYSTEMS)].into_iter().flatten().collect();
    Device { kind: kind(agent), name: names.join(", ") }
}

fn kind(agent: &str) -> DeviceKind {
    let has = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    if has(&["SMART-TV", "SmartTV", "Tizen", "Web0S", "TV;", " TV ", "AFT"]) {
        DeviceKind::Tv
    } else if has(&["iPad", "Tablet"]) || has(&["Android"]) && !has(&["Mobile"]) {
        DeviceKind::Tablet
    } else if has(&["iPhone", "Mobile"]) {
        DeviceKind::Phone
    } else if has(&["Windows", "Macintosh", "CrOS", "Linux"]) {
        DeviceKind::Desktop
    } else {
        DeviceKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_browsers_are_recognised() {
        for (agent, kind, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.8 Safari/537.36",
                DeviceKind::Desktop,
                "Yandex Browser, Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                DeviceKind::Phone,
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                DeviceKind::Phone,
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
                DeviceKind::Desktop,
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94 TV Safari/537.36",
                DeviceKind::Tv,
                "Chrome, Tizen",
            ),
            ("curl/8.5.0<script>", DeviceKind::Other, ""),
        ] {
            assert_eq!(of(agent), Device { kind, name: name.to_owned() }, "{agent}");
        }
    }
}
