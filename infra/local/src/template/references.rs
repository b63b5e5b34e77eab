//! What a reference to a resource gives. Source: CloudFormation template reference, "Return values" of each type.

/// A resource that something refers to.
pub(super) struct Referred<'r> {
    /// Its type.
    pub kind: &'r str,
    /// The name that its properties give it.
    pub name: Option<String>,
    /// Its logical id.
    pub id: &'r str,
    /// `AWS::StackName`.
    pub stack: &'r str,
    /// `AWS::Region`.
    pub region: &'r str,
    /// `AWS::AccountId`.
    pub account: &'r str,
}

/// The property that names a resource of a type.
pub(super) fn name_of(kind: &str) -> &'static str {
    match kind {
        "AWS::SQS::Queue" => "QueueName",
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::SNS::Topic" => "TopicName",
        _ => "Name",
    }
}

impl Referred<'_> {
    /// `!Ref`.
    pub(super) fn reference(&self) -> String {
        match self.kind {
            "AWS::SQS::Queue" => {
                format!("https://sqs.{}.amazonaws.com/{}/{}", self.region, self.account, self.name())
            }
            "AWS::SNS::Topic" => self.arn(),
            _ => self.name(),
        }
    }

    /// `!Ref` of what SAM makes beside a function. Source: SAM developer guide, "Referencing generated resources".
    pub(super) fn alias(&self) -> String {
        format!("{}:live", self.arn())
    }

    /// `!GetAtt`.
    pub(super) fn attribute(&self, attribute: &str) -> String {
        match attribute {
            "Arn" => self.arn(),
            attribute if attribute == name_of(self.kind) => self.name(),
            attribute => format!("{}.{attribute}", self.name()),
        }
    }

    /// A table without a name has the stack's, as on this machine; anything else its own within the stack.
    fn name(&self) -> String {
        match (&self.name, self.kind) {
            (Some(name), _) => name.clone(),
            (None, "AWS::DynamoDB::Table") => self.stack.to_owned(),
            (None, _) => format!("{}-{}", self.stack, self.id),
        }
    }

    fn arn(&self) -> String {
        let name = self.name();
        let (service, resource) = match self.kind {
            "AWS::SQS::Queue" => ("sqs", name),
            "AWS::SNS::Topic" => ("sns", name),
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => ("lambda", format!("function:{name}")),
            "AWS::DynamoDB::Table" => ("dynamodb", format!("table/{name}")),
            "AWS::Logs::LogGroup" => ("logs", format!("log-group:{name}:*")),
            "AWS::Scheduler::ScheduleGroup" => ("scheduler", format!("schedule-group/{name}")),
            // Roles belong to no region.
            "AWS::IAM::Role" => return format!("arn:aws:iam::{}:role/{name}", self.account),
            kind => ("cloudformation", format!("{kind}/{name}")),
        };
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}
