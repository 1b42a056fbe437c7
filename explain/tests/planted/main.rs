//! Plants rules in answers by means that share no code with the model, and looks whether they are found; holds the model
//! against the batch jobs; and sees to it that what no rule has made isn't explained.

mod compute;
mod corrupted;
mod extremes;
mod model;
mod pairs;
mod plant;
mod rows;
mod singles;
mod world;
