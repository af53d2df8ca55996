//! How much time a simulated event stands for, which rates need.

use sea_orm_migration::prelude::*;

use super::definition::nullable_double;

pub(super) struct SearchedTime;

impl MigrationName for SearchedTime {
    fn name(&self) -> &str {
        "0004_searched_time"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SearchedTime {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let change = Table::alter()
            .table("injections")
            .add_column(nullable_double("searched"))
            .to_owned();
        manager.alter_table(change).await
    }
}
