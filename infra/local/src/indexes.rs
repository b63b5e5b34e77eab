//! The table's indexes, as in `template.yaml`: made with it, or added to one of before.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex, GlobalSecondaryIndexUpdate,
    KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType, TableDescription,
};
use io::world::Index;

use crate::cli::Failure;

/// Its keys' types.
pub fn attributes(index: Index) -> Result<[AttributeDefinition; 2], BuildError> {
    let (shard, sort) = index.keys();
    let attribute =
        |name, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    Ok([attribute(shard, ScalarAttributeType::S)?, attribute(sort, ScalarAttributeType::N)?])
}

/// An index of a new table.
pub fn definition(index: Index) -> Result<GlobalSecondaryIndex, BuildError> {
    let made = GlobalSecondaryIndex::builder().index_name(index.name()).set_key_schema(Some(keys(index)?));
    made.projection(projection(index)).build()
}

/// Adds those that a table of before does not have, one after the other, as DynamoDB wants it.
pub async fn add_missing(dynamodb: &Client, table: &str, found: &TableDescription) -> Result<(), Failure> {
    let has = |index: &Index| {
        found.global_secondary_indexes().iter().any(|there| there.index_name() == Some(index.name()))
    };
    for index in Index::ALL.into_iter().filter(|index| !has(index)) {
        let create = CreateGlobalSecondaryIndexAction::builder().index_name(index.name());
        let create = create.set_key_schema(Some(keys(index)?)).projection(projection(index)).build()?;
        let update = GlobalSecondaryIndexUpdate::builder().create(create).build();
        let request = dynamodb.update_table().table_name(table).global_secondary_index_updates(update);
        let request = request.set_attribute_definitions(Some(attributes(index)?.into()));
        let added = request.send().await;
        added.map_err(|error| {
            format!("the index {} could not be added: {}", index.name(), error.into_service_error())
        })?;
    }
    Ok(())
}

fn keys(index: Index) -> Result<Vec<KeySchemaElement>, BuildError> {
    let (shard, sort) = index.keys();
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![key(shard, KeyType::Hash)?, key(sort, KeyType::Range)?])
}

fn projection(index: Index) -> Projection {
    let projection = Projection::builder();
    match index.besides() {
        None => projection.projection_type(ProjectionType::KeysOnly).build(),
        Some(besides) => {
            projection.projection_type(ProjectionType::Include).non_key_attributes(besides).build()
        }
    }
}
