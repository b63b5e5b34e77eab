//! JSON Schema, by the crate `boon`: references that would lead out of the document are not followed.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// A schema, compiled.
pub(crate) struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Where the schema stands, for the compiler: nothing is ever fetched from there.
const PLACE: &str = "urn:turnwise:schema";

impl Schema {
    /// # Errors
    /// What is wrong with the schema, in a line.
    pub(crate) fn of(schema: &Value) -> Result<Schema, String> {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.add_resource(PLACE, schema.clone()).map_err(|error| in_a_line(&error.to_string()))?;
        let index =
            compiler.compile(PLACE, &mut schemas).map_err(|error| in_a_line(&format!("{error:#}")))?;
        Ok(Schema { schemas, index })
    }

    /// # Errors
    /// What does not fit, in a line. It holds what was given: for the model that gave it, never for a log.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.index).map_err(|error| in_a_line(&format!("{error:#}")))
    }
}

/// The report without its first line, which names only the place.
fn in_a_line(report: &str) -> String {
    let lines: Vec<&str> = report.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let telling = if lines.len() > 1 { lines.get(1..).unwrap_or_default() } else { &lines[..] };
    telling.join("; ").replace(PLACE, "")
}
