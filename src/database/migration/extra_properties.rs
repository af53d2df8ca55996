//! What an analysis of somebody's own knows of a source: a column beside the typed ones, which nobody can foresee.

use sea_orm_migration::prelude::*;

pub(super) struct ExtraProperties;

impl MigrationName for ExtraProperties {
    fn name(&self) -> &str {
        "0003_extra_properties"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ExtraProperties {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let extra = ColumnDef::new("extra")
            .json_binary()
            .not_null()
            .default("{}")
            .to_owned();
        let change = Table::alter()
            .table("properties")
            .add_column(extra)
            .to_owned();
        manager.alter_table(change).await
    }
}
