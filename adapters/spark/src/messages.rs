//! The messages of Spark Connect's protocol that are spoken here, with those of their fields that are used: numbers and types
//! as in `spark/connect/*.proto` of Spark 4.2. Whatever else an answer holds is passed over. Fields of which a message may
//! have one alone (`oneof`) stand here as fields that may be missing, which is the same on the wire.

use prost::Message;

/// Makes messages of lines with a field's number, its name and type here, and its kind on the wire.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident { $($tag:tt $field:ident: $type:ty = $($kind:ident)+,)* })+) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Message)]
        pub(crate) struct $name {
            $(#[prost($($kind),+, tag = $tag)] pub(crate) $field: $type,)*
        }
    )+ };
}

/// A message of which nothing is read.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Nothing {}

messages! {
    /// A session is one of its user's.
    UserContext {
        1 user_id: String = string,
        2 user_name: String = string,
    }

    /// Something to be computed or done: one of both.
    Plan {
        1 root: Option<Relation> = message optional,
        2 command: Option<Command> = message optional,
    }

    /// Rows: one of both.
    Relation {
        10 sql: Option<Sql> = message optional,
        11 local: Option<LocalRelation> = message optional,
    }

    Sql {
        1 query: String = string,
    }

    /// Rows that come with the message, as a stream of Arrow's IPC.
    LocalRelation {
        1 data: Option<Vec<u8>> = bytes optional,
    }

    /// Something that is done: one of both.
    Command {
        3 view: Option<CreateView> = message optional,
        5 sql: Option<SqlCommand> = message optional,
    }

    /// A view that is there as long as its session.
    CreateView {
        1 input: Option<Relation> = message optional,
        2 name: String = string,
        4 replace: bool = bool,
    }

    SqlCommand {
        6 input: Option<Relation> = message optional,
    }

    ExecuteRequest {
        1 session_id: String = string,
        2 user: Option<UserContext> = message optional,
        3 plan: Option<Plan> = message optional,
        4 client_type: String = string,
    }

    ExecuteResponse {
        2 batch: Option<Batch> = message optional,
    }

    /// A piece of an answer, a stream of Arrow's IPC by itself.
    Batch {
        1 rows: i64 = int64,
        2 data: Vec<u8> = bytes,
        3 start: Option<i64> = int64 optional,
    }

    /// A question about a plan: one of all.
    AnalyzeRequest {
        1 session_id: String = string,
        2 user: Option<UserContext> = message optional,
        3 client_type: String = string,
        4 schema: Option<OfPlan> = message optional,
        5 explain: Option<Explain> = message optional,
        9 files: Option<OfPlan> = message optional,
    }

    /// Asks how a query is understood; 2 is the mode that shows it before it is made fast.
    Explain {
        1 plan: Option<Plan> = message optional,
        2 mode: i32 = int32,
    }

    OfPlan {
        1 plan: Option<Plan> = message optional,
    }

    AnalyzeResponse {
        2 schema: Option<SchemaAnswer> = message optional,
        3 explained: Option<Explained> = message optional,
        7 files: Option<Files> = message optional,
    }

    Explained {
        1 text: String = string,
    }

    SchemaAnswer {
        1 schema: Option<DataType> = message optional,
    }

    Files {
        1 files: Vec<String> = string repeated,
    }

    /// A type: those that hold others, and those that aren't taken. Of any other nothing is here.
    DataType {
        17 calendar_interval: Option<Nothing> = message optional,
        18 year_month_interval: Option<Nothing> = message optional,
        19 day_time_interval: Option<Nothing> = message optional,
        20 array: Option<Box<ArrayType>> = message optional boxed,
        21 fields: Option<StructType> = message optional,
        22 map: Option<Nothing> = message optional,
        23 of_user: Option<Nothing> = message optional,
        25 variant: Option<Nothing> = message optional,
        26 geometry: Option<Nothing> = message optional,
        27 geography: Option<Nothing> = message optional,
    }

    ArrayType {
        1 element: Option<DataType> = message optional,
    }

    StructType {
        1 fields: Vec<StructField> = message repeated,
    }

    StructField {
        1 name: String = string,
        2 data_type: Option<DataType> = message optional,
    }

    ConfigRequest {
        1 session_id: String = string,
        2 user: Option<UserContext> = message optional,
        3 operation: Option<ConfigOperation> = message optional,
        4 client_type: String = string,
    }

    ConfigOperation {
        1 set: Option<Set> = message optional,
    }

    Set {
        1 pairs: Vec<Setting> = message repeated,
    }

    Setting {
        1 key: String = string,
        2 value: Option<String> = string optional,
    }

    ReleaseRequest {
        1 session_id: String = string,
        2 user: Option<UserContext> = message optional,
        3 client_type: String = string,
    }
}
