//! A session of a server: asked one thing after the other, released at the end.

use std::time::Duration;

use http::uri::PathAndQuery;
use prost::Message;
use sql_tables::{SqlError, SqlErrorKind};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::address::Address;
use crate::explain;
use crate::messages::{
    AnalyzeRequest, AnalyzeResponse, Command, ConfigOperation, ConfigRequest, CreateView, DataType,
    ExecuteRequest, ExecuteResponse, Explain, Nothing, OfPlan, Plan, Relation, ReleaseRequest, Set, Setting,
    Sql, SqlCommand, UserContext,
};

/// A server that is there takes a connection at once.
const CONNECT: Duration = Duration::from_secs(8);
/// Its first answer may have to wait until it has loaded its classes.
const FIRST_ANSWER: Duration = Duration::from_mins(1);
/// So long it is waited for a session to be released; a server forgets it by itself, later.
const RELEASE: Duration = Duration::from_secs(5);
/// Batches of an answer have some megabytes, unless one row has more.
const LARGEST_MESSAGE: usize = 1 << 30;

/// The mode of an explanation that shows a query as it was understood.
const EXTENDED: i32 = 2;

/// Settings by which Spark reads a text and writes times as `DataFusion` does.
const SETTINGS: [(&str, &str); 6] = [
    ("spark.sql.session.timeZone", "UTC"),
    // Whole numbers fail beyond their type, and "a name" is one.
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.ansi.doubleQuotedIdentifiers", "true"),
    ("spark.sql.caseSensitive", "true"),
    // A TIMESTAMP is one without a zone.
    ("spark.sql.timestampType", "TIMESTAMP_NTZ"),
    ("spark.sql.execution.arrow.compression.codec", "none"),
];

/// A session that is open.
pub(crate) struct Session {
    grpc: Grpc<Channel>,
    id: String,
    address: Address,
}

impl Session {
    /// Opens a session with a fresh name, in which a text means what it means in docs/sql.md.
    pub(crate) async fn open(address: &Address) -> Result<Self, SqlError> {
        let endpoint = Endpoint::from_shared(address.uri())
            .map_err(|error| SqlError::query(format!("{address} is no address: {error}")))?
            .connect_timeout(CONNECT)
            .tcp_keepalive(Some(Duration::from_secs(30)));
        let connected = tokio::time::timeout(CONNECT, endpoint.connect()).await;
        let channel = match connected {
            Ok(Ok(channel)) => channel,
            Ok(Err(error)) => return Err(explain::no_server(address, &explain::cause(&error))),
            Err(_) => {
                return Err(explain::no_server(
                    address,
                    &format!("no connection in {} s", CONNECT.as_secs()),
                ));
            }
        };
        let grpc = Grpc::new(channel)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        let mut session = Self { grpc, id: fresh()?, address: address.clone() };
        let set = tokio::time::timeout(FIRST_ANSWER, session.configure()).await;
        match set {
            Ok(Ok(())) => Ok(session),
            Ok(Err(status)) => Err(explain::no_answer(address, &status)),
            Err(_) => Err(explain::no_server(address, "it takes connections and answers nothing")),
        }
    }

    /// Returns where its server is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    async fn configure(&mut self) -> Result<(), Status> {
        let pair =
            |&(key, value): &(&str, &str)| Setting { key: key.to_owned(), value: Some(value.to_owned()) };
        let set = Set { pairs: SETTINGS.iter().map(pair).collect() };
        let request = ConfigRequest {
            session_id: self.id.clone(),
            user: Some(self.user()),
            operation: Some(ConfigOperation { set: Some(set) }),
            client_type: client(),
        };
        self.unary::<_, Nothing>("/spark.connect.SparkConnectService/Config", request).await.map(|_| ())
    }

    /// Returns the type of a query's rows; the server reads and checks the query, and computes nothing.
    pub(crate) async fn schema(&mut self, query: &str) -> Result<DataType, Status> {
        let analyzed = self.analyze(|of| AnalyzeRequest { schema: of, ..AnalyzeRequest::default() }, query);
        Ok(analyzed.await?.schema.and_then(|answer| answer.schema).unwrap_or_default())
    }

    /// Returns the files that a query reads on the server.
    pub(crate) async fn files(&mut self, query: &str) -> Result<Vec<String>, Status> {
        let analyzed = self.analyze(|of| AnalyzeRequest { files: of, ..AnalyzeRequest::default() }, query);
        Ok(analyzed.await?.files.map(|answer| answer.files).unwrap_or_default())
    }

    /// Returns how the server understands a query.
    pub(crate) async fn explained(&mut self, query: &str) -> Result<String, Status> {
        let explain = |of: Option<OfPlan>| Explain { plan: of.and_then(|of| of.plan), mode: EXTENDED };
        let asked = |of| AnalyzeRequest { explain: Some(explain(of)), ..AnalyzeRequest::default() };
        Ok(self.analyze(asked, query).await?.explained.map(|answer| answer.text).unwrap_or_default())
    }

    async fn analyze(
        &mut self,
        asked: impl Fn(Option<OfPlan>) -> AnalyzeRequest,
        query: &str,
    ) -> Result<AnalyzeResponse, Status> {
        let plan = Plan { root: Some(of_sql(query)), command: None };
        let request = AnalyzeRequest {
            session_id: self.id.clone(),
            user: Some(self.user()),
            client_type: client(),
            ..asked(Some(OfPlan { plan: Some(plan) }))
        };
        self.unary("/spark.connect.SparkConnectService/AnalyzePlan", request).await
    }

    /// Makes a view that is there as long as the session.
    pub(crate) async fn view(&mut self, name: &str, input: Relation) -> Result<(), Status> {
        let view = CreateView { input: Some(input), name: name.to_owned(), replace: true };
        self.command(Command { view: Some(view), sql: None }).await
    }

    /// Does what a statement says.
    pub(crate) async fn statement(&mut self, sql: &str) -> Result<(), Status> {
        let sql = SqlCommand { input: Some(of_sql(sql)) };
        self.command(Command { view: None, sql: Some(sql) }).await
    }

    async fn command(&mut self, command: Command) -> Result<(), Status> {
        let mut answers = self.execute(Plan { root: None, command: Some(command) }).await?;
        while answers.message().await?.is_some() {}
        Ok(())
    }

    /// Asks a query; its answer comes piece by piece.
    pub(crate) async fn query(&mut self, query: &str) -> Result<Streaming<ExecuteResponse>, Status> {
        self.execute(Plan { root: Some(of_sql(query)), command: None }).await
    }

    async fn execute(&mut self, plan: Plan) -> Result<Streaming<ExecuteResponse>, Status> {
        let request = ExecuteRequest {
            session_id: self.id.clone(),
            user: Some(self.user()),
            plan: Some(plan),
            client_type: client(),
        };
        self.ready().await?;
        let path = PathAndQuery::from_static("/spark.connect.SparkConnectService/ExecutePlan");
        let codec = ProstCodec::<ExecuteRequest, ExecuteResponse>::default();
        Ok(self.grpc.server_streaming(Request::new(request), path, codec).await?.into_inner())
    }

    /// Ends the session, and with it whatever still runs in it and all of its views. A server that doesn't answer is left.
    pub(crate) async fn release(&mut self) {
        let request =
            ReleaseRequest { session_id: self.id.clone(), user: Some(self.user()), client_type: client() };
        let path = "/spark.connect.SparkConnectService/ReleaseSession";
        let _ = tokio::time::timeout(RELEASE, self.unary::<_, Nothing>(path, request)).await;
    }

    async fn unary<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        self.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        Ok(self.grpc.unary(Request::new(request), PathAndQuery::from_static(path), codec).await?.into_inner())
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.grpc.ready().await.map_err(|error| Status::unavailable(explain::cause(&error)))
    }

    fn user(&self) -> UserContext {
        let user = self.address.user.clone();
        UserContext { user_id: user.clone(), user_name: user }
    }
}

/// Returns the rows of a query.
pub(crate) fn of_sql(query: &str) -> Relation {
    Relation { sql: Some(Sql { query: query.to_owned() }), local: None }
}

fn client() -> String {
    concat!("counterpoint/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// Makes the name of a session: a random UUID, for servers take no other.
fn fresh() -> Result<String, SqlError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| SqlError::new(SqlErrorKind::Failed, format!("no random bytes: {error}")))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sessions_are_uuids_and_fresh() {
        let names = [fresh().expect("a name"), fresh().expect("a name")];
        assert_ne!(names[0], names[1]);
        for name in names {
            let lengths: Vec<usize> = name.split('-').map(str::len).collect();
            assert_eq!((lengths, &name[14..15]), (vec![8, 4, 4, 4, 12], "4"));
        }
    }

    /// A server that is named by the environment keeps nothing of a session that was released.
    #[test]
    fn a_released_session_is_gone() {
        let Ok(server) = std::env::var("COUNTERPOINT_TEST_SPARK") else {
            println!("skipped: COUNTERPOINT_TEST_SPARK names no server");
            return;
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let address = Address::parse(&server).expect("an address");
            let mut session = Session::open(&address).await.expect("a session");
            session.view("mine", of_sql("SELECT 1 AS n")).await.expect("a view");
            session.schema("SELECT n FROM mine").await.expect("it is there");
            session.release().await;
            let gone = session.schema("SELECT n FROM mine").await.expect_err("released");
            assert!(gone.message().contains("SESSION_CLOSED"), "{gone}");
            let mut other = Session::open(&address).await.expect("a session");
            let unknown = other.schema("SELECT n FROM mine").await.expect_err("another's view");
            assert!(unknown.message().contains("TABLE_OR_VIEW_NOT_FOUND"), "{unknown}");
            other.release().await;
        });
    }
}
