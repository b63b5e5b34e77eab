//! What can be wrong with a template. Each is a mistake in a file: there is nothing to try again.

/// Why a template was not read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The text is no YAML.
    #[error("the template is no YAML: {0}")]
    Yaml(#[from] saphyr::ScanError),
    /// It is YAML, but not of this shape.
    #[error("the template: {0}")]
    Shape(String),
    /// A parameter without a value.
    #[error("the template's parameter {0} has neither a value nor a default")]
    Unset(String),
    /// A value for something that is no parameter.
    #[error("{0} is no parameter of the template")]
    NoParameter(String),
    /// A name that stands for nothing.
    #[error("the template refers to {0}, which is neither a parameter, a condition nor a resource")]
    Nobody(String),
    /// A function that is not known here, or called in a way that is not.
    #[error("the template calls {function} with {argument}, which this reader does not know")]
    Call {
        /// `Fn::Sub`, ...
        function: String,
        /// What it is called with.
        argument: String,
    },
}
