//! Are all tables there, with all their columns?

use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use super::entity::{
    analysis_file, claim, contribution, detection, filter_properties, histogram, injection,
    lightcurve, project, properties, raw_photometry, reduction, session, source,
};
use super::{Database, DatabaseError};

impl Database {
    /// Asks every table for all columns of a row: most questions leave out most tables, and would not miss one.
    ///
    /// # Errors
    /// Of the class [`Schema`](super::DatabaseErrorClass::Schema) if somebody has taken a table or a column away.
    pub async fn expect_all_tables(&self) -> Result<(), DatabaseError> {
        self.retry("looking for its tables", || async {
            let connection = &self.connection;
            ask::<project::Entity>(connection).await?;
            ask::<source::Entity>(connection).await?;
            ask::<raw_photometry::Entity>(connection).await?;
            ask::<reduction::Entity>(connection).await?;
            ask::<lightcurve::Entity>(connection).await?;
            ask::<properties::Entity>(connection).await?;
            ask::<filter_properties::Entity>(connection).await?;
            ask::<detection::Entity>(connection).await?;
            ask::<injection::Entity>(connection).await?;
            ask::<analysis_file::Entity>(connection).await?;
            ask::<contribution::Entity>(connection).await?;
            ask::<histogram::Entity>(connection).await?;
            ask::<session::Entity>(connection).await?;
            ask::<claim::Entity>(connection).await
        })
        .await
    }
}

async fn ask<E: EntityTrait>(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    E::find().one(connection).await.map(|_| ())
}
