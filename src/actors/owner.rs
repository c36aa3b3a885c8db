//! The name under which a process owns its leases, and from which another process on the same machine can tell that it is
//! gone: then its lanes need not wait for their leases to end.
//!
//! The name says which start of which machine (Linux's boot id and the namespace of process ids), which process, and when
//! that began. Where this cannot be told, nobody is ever found to be gone.

use std::fs;

/// A name for this process that no other ever had.
pub fn of_this_process() -> String {
    let nonce = rand::random::<u64>();
    let pid = std::process::id();
    match (place(), began(pid)) {
        (Some(place), Some(began)) => format!("{place}/{pid}/{began}/{nonce:016x}"),
        _ => format!("{nonce:016x}"),
    }
}

/// Whether the process of that name surely does not live any more.
pub fn is_gone(owner: &str) -> bool {
    let parts: Vec<&str> = owner.split('/').collect();
    let [boot, namespace, pid, started, _] = parts.as_slice() else { return false };
    if place() != Some(format!("{boot}/{namespace}")) {
        return false;
    }
    let Ok(pid) = pid.parse::<u32>() else { return false };
    // Without /proc there would be no place either, so a process that is not found there does not live.
    began(pid).is_none_or(|began| began != *started)
}

/// This start of this machine, and its namespace of process ids.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let number: String = namespace.to_str()?.chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}/{number}", boot.trim()))
}

/// When the process began, in ticks since the machine's start (proc(5), field 22 of stat); `None` when there is none, or
/// when it has ended and its parent has not noticed yet.
fn began(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_over = matches!(fields.first(), Some(&("Z" | "X")));
    fields.get(19).filter(|_| !is_over).map(|began| (*began).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_surely_gone_is_gone() {
        let own = of_this_process();
        assert!(!is_gone(&own));
        assert!(!is_gone("0123456789abcdef"), "an owner of an earlier version");
        let Some(place) = place() else { return };
        assert!(!is_gone("another-boot/1/1/1/0"), "of another machine nothing is known");
        assert!(is_gone(&format!("{place}/{}/1/0", std::process::id())), "its process id is somebody else's now");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let name = format!("{place}/{}/{}/0", child.id(), began(child.id()).unwrap());
        assert!(!is_gone(&name));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_gone(&name));
    }
}
