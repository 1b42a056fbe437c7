//! The messages of Spark Connect's protocol that are spoken here, with those of their fields that are used: numbers and types
//! as in `spark/connect/*.proto` of Spark 4.2. Whatever else an answer holds is passed over. Fields of which a message may
//! have one alone (`oneof`) stand here as fields that may be missing, which is the same on the wire.

use prost::Message;

/// A session is one of its user's.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct UserContext {
    #[prost(string, tag = "1")]
    pub(crate) user_id: String,
    #[prost(string, tag = "2")]
    pub(crate) user_name: String,
}

/// Something to be computed or done: one of both.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Plan {
    #[prost(message, optional, tag = "1")]
    pub(crate) root: Option<Relation>,
    #[prost(message, optional, tag = "2")]
    pub(crate) command: Option<Command>,
}

/// Rows: one of both.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Relation {
    #[prost(message, optional, tag = "10")]
    pub(crate) sql: Option<Sql>,
    #[prost(message, optional, tag = "11")]
    pub(crate) local: Option<LocalRelation>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Sql {
    #[prost(string, tag = "1")]
    pub(crate) query: String,
}

/// Rows that come with the message, as a stream of Arrow's IPC.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LocalRelation {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) data: Option<Vec<u8>>,
}

/// Something that is done: one of both.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Command {
    #[prost(message, optional, tag = "3")]
    pub(crate) view: Option<CreateView>,
    #[prost(message, optional, tag = "5")]
    pub(crate) sql: Option<SqlCommand>,
}

/// A view that is there as long as its session.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateView {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<Relation>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(bool, tag = "4")]
    pub(crate) replace: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SqlCommand {
    #[prost(message, optional, tag = "6")]
    pub(crate) input: Option<Relation>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExecuteRequest {
    #[prost(string, tag = "1")]
    pub(crate) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) user: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(crate) plan: Option<Plan>,
    #[prost(string, tag = "4")]
    pub(crate) client_type: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExecuteResponse {
    #[prost(message, optional, tag = "2")]
    pub(crate) batch: Option<Batch>,
}

/// A piece of an answer, a stream of Arrow's IPC by itself.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Batch {
    #[prost(int64, tag = "1")]
    pub(crate) rows: i64,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) data: Vec<u8>,
    #[prost(int64, optional, tag = "3")]
    pub(crate) start: Option<i64>,
}

/// A question about a plan: one of all.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AnalyzeRequest {
    #[prost(string, tag = "1")]
    pub(crate) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) user: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(crate) client_type: String,
    #[prost(message, optional, tag = "4")]
    pub(crate) schema: Option<OfPlan>,
    #[prost(message, optional, tag = "5")]
    pub(crate) explain: Option<Explain>,
    #[prost(message, optional, tag = "9")]
    pub(crate) files: Option<OfPlan>,
}

/// Asks how a query is understood; 2 is the mode that shows it before it is made fast.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Explain {
    #[prost(message, optional, tag = "1")]
    pub(crate) plan: Option<Plan>,
    #[prost(int32, tag = "2")]
    pub(crate) mode: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OfPlan {
    #[prost(message, optional, tag = "1")]
    pub(crate) plan: Option<Plan>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AnalyzeResponse {
    #[prost(message, optional, tag = "2")]
    pub(crate) schema: Option<SchemaAnswer>,
    #[prost(message, optional, tag = "3")]
    pub(crate) explained: Option<Explained>,
    #[prost(message, optional, tag = "7")]
    pub(crate) files: Option<Files>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Explained {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SchemaAnswer {
    #[prost(message, optional, tag = "1")]
    pub(crate) schema: Option<DataType>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Files {
    #[prost(string, repeated, tag = "1")]
    pub(crate) files: Vec<String>,
}

/// A type: those that hold others, and those that aren't taken. Of any other nothing is here.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DataType {
    #[prost(message, optional, tag = "17")]
    pub(crate) calendar_interval: Option<Nothing>,
    #[prost(message, optional, tag = "18")]
    pub(crate) year_month_interval: Option<Nothing>,
    #[prost(message, optional, tag = "19")]
    pub(crate) day_time_interval: Option<Nothing>,
    #[prost(message, optional, boxed, tag = "20")]
    pub(crate) array: Option<Box<ArrayType>>,
    #[prost(message, optional, tag = "21")]
    pub(crate) fields: Option<StructType>,
    #[prost(message, optional, tag = "22")]
    pub(crate) map: Option<Nothing>,
    #[prost(message, optional, tag = "23")]
    pub(crate) of_user: Option<Nothing>,
    #[prost(message, optional, tag = "25")]
    pub(crate) variant: Option<Nothing>,
    #[prost(message, optional, tag = "26")]
    pub(crate) geometry: Option<Nothing>,
    #[prost(message, optional, tag = "27")]
    pub(crate) geography: Option<Nothing>,
}

/// A message of which nothing is read.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Nothing {}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ArrayType {
    #[prost(message, optional, tag = "1")]
    pub(crate) element: Option<DataType>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StructType {
    #[prost(message, repeated, tag = "1")]
    pub(crate) fields: Vec<StructField>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StructField {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) data_type: Option<DataType>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ConfigRequest {
    #[prost(string, tag = "1")]
    pub(crate) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) user: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(crate) operation: Option<ConfigOperation>,
    #[prost(string, tag = "4")]
    pub(crate) client_type: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ConfigOperation {
    #[prost(message, optional, tag = "1")]
    pub(crate) set: Option<Set>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Set {
    #[prost(message, repeated, tag = "1")]
    pub(crate) pairs: Vec<Setting>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Setting {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReleaseRequest {
    #[prost(string, tag = "1")]
    pub(crate) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) user: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(crate) client_type: String,
}
