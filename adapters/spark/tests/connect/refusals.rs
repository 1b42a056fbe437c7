//! Shows who refuses what, in which words, and that nothing waits for ever.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use batch::{Outside as _, Shape};
use spark::{SqlErrorKind, reference};

use crate::asked::{ask, ask_at, is_there, server};
use crate::made::{events, shipped};

const COUNT: &str = "SELECT count(*) AS n FROM records";
const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn a_reference_is_checked_when_it_is_made() {
    for (query, address) in [
        ("SELEC 1", "sc://here"),
        ("DROP TABLE records", "sc://here"),
        ("SELECT now() AS a", "sc://here"),
        (COUNT, "spark://here:7077"),
    ] {
        assert_eq!(reference(query, address, MINUTE).expect_err(query).kind, SqlErrorKind::Query);
    }
    let query = reference("SELECT value / 2 AS n FROM records", "sc://here", MINUTE).expect("a query");
    assert_eq!(query.notes(&shipped("clicks")).len(), 1);
    let error = query.compute(&shipped("clicks"), &Shape::Decisions, &|| false).expect_err("a table");
    assert!(error.is_usage);
}

#[test]
fn no_server_is_said_at_once_and_with_its_address() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it has one");
    let began = Instant::now();
    let error = ask_at(&format!("sc://{free}"), &shipped("clicks"), COUNT, MINUTE).expect_err("nobody there");
    assert!(
        error.is_usage && error.message.contains(&format!("no Spark Connect server answers at sc://{free}")),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

/// A port behind which somebody takes connections and says nothing, or hangs up.
#[test]
fn a_port_that_is_no_server_of_spark_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("sc://{}", listener.local_addr().expect("it has one"));
    let error = ask_at(&address, &shipped("clicks"), COUNT, Duration::from_millis(300)).expect_err("silent");
    assert!(error.message.contains(&format!("Spark at {address} has no answer after 0.3 s")), "{error}");
    let query = reference(COUNT, &address, MINUTE).expect("a query");
    let began = Instant::now();
    let stop = || began.elapsed() > Duration::from_millis(200);
    let error = query.compute(&shipped("clicks"), &Shape::Rows, &stop).expect_err("stopped");
    assert!(error.message.contains("stopped") && began.elapsed() < Duration::from_secs(10), "{error}");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let _ = connection.shutdown(Shutdown::Both);
        }
    });
    let error = ask_at(&address, &shipped("clicks"), COUNT, MINUTE).expect_err("hung up");
    assert!(error.is_usage && error.message.contains(&address), "{error}");
}

#[test]
fn what_makes_no_sense_is_said_in_sparks_words() {
    if !is_there() {
        return;
    }
    let frozen = shipped("clicks");
    for (query, why) in [
        ("SELECT key FORM records", &["SQL doesn't parse", "at or near 'records'", "line 1"][..]),
        ("SELECT key\nFROM records WHERE value >", &["SQL doesn't parse", "end of input", "line 2"]),
        ("WITH a AS (SELECT 1 AS n)\nINSERT INTO t SELECT n FROM a", &["SQL doesn't parse", "line 2"]),
        ("SELECT kye FROM records", &["`kye`", "Did you mean", "`key`", "line 1"]),
        ("SELECT Key FROM records", &["`Key`", "`key`"]),
        ("SELECT 1 AS n FROM clicks", &["`clicks`", "the dataset is the table `records`"]),
        ("SELECT upperr(key) AS n FROM records", &["`upperr`", "docs/sql.md"]),
        ("SELECT key AS n, value AS n FROM records", &["the column `n` twice"]),
        ("SELECT map(key, value) AS m FROM records", &["the column `m` of type MAP"]),
        ("SELECT array(INTERVAL '1 day') AS i FROM records", &["the column `i` of type INTERVAL"]),
    ] {
        let error = ask(&frozen, query).map(|table| table.rows()).expect_err(query);
        assert!(error.is_usage, "{query}: {error}");
        for word in why {
            assert!(error.message.contains(word), "{query}: {error}");
        }
    }
    for (query, why) in [
        ("SELECT 1 div (value - value) AS n FROM records", "DIVIDE_BY_ZERO"),
        ("SELECT 9223372036854775807 + value AS n FROM records WHERE value > 0", "OVERFLOW"),
    ] {
        let error = ask(&frozen, query).map(|table| table.rows()).expect_err(query);
        assert!(!error.is_usage && error.message.contains(why), "{query}: {error}");
        assert!(!error.message.contains("== SQL") && !error.message.contains("\tat "), "{error}");
    }
}

#[test]
fn changed_data_are_never_asked() {
    if !is_there() {
        return;
    }
    let made = events(&[(0, "a", 1), (1, "b", 2)], 1);
    let path = made.frozen.data_path();
    let text = fs::read_to_string(&path).expect("the data");
    fs::write(&path, text.replace("b,2", "b,3")).expect("written");
    let error = ask(&made.frozen, COUNT).expect_err("changed");
    assert!(!error.is_usage && error.message.contains("changed since the freeze"), "{error}");
}

/// Says what becomes of a connection while a query runs.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    HangsUp,
    SaysNothing,
}

/// A text that a query holds. It goes over twice while the query is looked at, and once more when it is to be answered.
const MARK: &str = "the way ends here";

/// Passes bytes on to a server until a query with the mark is to be answered. Returns where it listens.
fn way_that_ends(server: &str, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("sc://{}", listener.local_addr().expect("it has one"));
    let server = server.trim_start_matches("sc://").trim_end_matches('/').to_owned();
    thread::spawn(move || {
        let (mut here, _) = listener.accept().expect("a client");
        let mut there = TcpStream::connect(server).expect("a server");
        let (mut back, mut client) =
            (there.try_clone().expect("a socket"), here.try_clone().expect("a socket"));
        thread::spawn(move || io::copy(&mut back, &mut client));
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let count = here.read(&mut buffer).expect("bytes");
            seen.extend_from_slice(&buffer[..count]);
            if seen.windows(MARK.len()).filter(|window| *window == MARK.as_bytes()).count() > 2 {
                break;
            }
            if there.write_all(&buffer[..count]).is_err() || count == 0 {
                return;
            }
        }
        match then {
            Then::HangsUp => [here, there].iter().for_each(|end| drop(end.shutdown(Shutdown::Both))),
            Then::SaysNothing => thread::sleep(Duration::from_mins(10)),
        }
    });
    address
}

#[test]
fn a_server_that_is_lost_in_the_middle_is_said_to_be() {
    let Some(server) = server() else { return };
    let query =
        format!("SELECT '{MARK}' AS mark, sum(a.value + b.value) AS n FROM records AS a, records AS b");
    let frozen = shipped("clicks");
    let address = way_that_ends(&server, Then::HangsUp);
    let error = ask_at(&address, &frozen, &query, MINUTE).map(|table| table.rows()).expect_err("lost");
    let expected = format!("the connection to Spark at {address} broke");
    assert!(!error.is_usage && error.message.contains(&expected), "{error}");
}

/// One that stays and says nothing any more: the time is kept, and whoever wants to stop is heard.
#[test]
fn a_server_that_says_nothing_any_more_holds_nobody_up() {
    let Some(server) = server() else { return };
    let (frozen, query) = (shipped("clicks"), format!("SELECT '{MARK}' AS mark FROM records"));
    let address = way_that_ends(&server, Then::SaysNothing);
    let error = ask_at(&address, &frozen, &query, Duration::from_secs(5))
        .map(|table| table.rows())
        .expect_err("too late");
    assert!(error.message.contains(&format!("Spark at {address} has no answer after 5 s")), "{error}");
    let asked = reference(&query, &way_that_ends(&server, Then::SaysNothing), MINUTE).expect("a query");
    let began = Instant::now();
    let stop = || began.elapsed() > Duration::from_secs(3);
    let error = asked.compute(&frozen, &Shape::Rows, &stop).expect_err("stopped");
    assert!(error.message.contains("stopped") && began.elapsed() < Duration::from_secs(15), "{error}");
}
