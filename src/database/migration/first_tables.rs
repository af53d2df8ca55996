//! The first schema: projects, their sources, raw photometry, reductions, lightcurves, and who works on them.
//!
//! Written out and not derived from the entities, which go on changing while this stays as it was applied.

use sea_orm_migration::prelude::*;

use super::definition::{
    bigint, cascade, double, id, index, integer, nullable_bigint, nullable_double, nullable_text,
    table, text,
};

pub(super) struct FirstTables;

impl MigrationName for FirstTables {
    fn name(&self) -> &str {
        "0001_first_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FirstTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            projects(),
            sources(),
            raw_photometry(),
            reductions(),
            lightcurves(),
            sessions(),
            claims(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn projects() -> TableCreateStatement {
    table(
        "projects",
        [
            id(),
            text("name"),
            text("cfg_hash"),
            text("config"),
            text("created_at"),
        ],
    )
}

fn sources() -> TableCreateStatement {
    let mut table = table(
        "sources",
        [
            id(),
            bigint("project_id"),
            text("name"),
            double("ra"),
            double("dec"),
            bigint("healpix"),
            bigint("catalog_row"),
            ColumnDef::new("cat_row")
                .json_binary()
                .not_null()
                .to_owned(),
            nullable_double("mag"),
        ],
    );
    table.foreign_key(&mut cascade("sources", "project_id", "projects"));
    table
}

fn raw_photometry() -> TableCreateStatement {
    table(
        "raw_photometry",
        [
            id(),
            text("observatory"),
            text("source_name"),
            text("outcome"),
            nullable_text("message"),
            nullable_text("error_class"),
            integer("attempts"),
            nullable_text("file"),
            nullable_text("key"),
            nullable_bigint("length"),
            nullable_text("checksum"),
            nullable_bigint("epochs"),
            nullable_double("time_start"),
            nullable_double("time_end"),
            nullable_text("url"),
            nullable_text("release"),
            text("parameters"),
            nullable_text("requested_at"),
        ],
    )
}

fn reductions() -> TableCreateStatement {
    let mut table = table(
        "reductions",
        [
            id(),
            bigint("source_id"),
            text("observatory"),
            text("outcome"),
            nullable_text("message"),
            nullable_text("raw_checksum"),
            text("fingerprint"),
            nullable_text("file"),
            nullable_bigint("length"),
            nullable_text("checksum"),
            bigint("lightcurves"),
            bigint("epochs"),
        ],
    );
    table.foreign_key(&mut cascade("reductions", "source_id", "sources"));
    table
}

fn lightcurves() -> TableCreateStatement {
    let texts = |names: &[&'static str]| names.iter().map(|name| text(name)).collect::<Vec<_>>();
    let mut columns = vec![id(), bigint("project_id"), bigint("source_id")];
    columns.extend(texts(&["source_name", "observatory", "kind"]));
    columns.extend([integer("series_number"), integer("series_total")]);
    columns.push(integer("injection_number").default(0).to_owned());
    columns.extend(texts(&["filter", "file", "key"]));
    columns.extend(texts(&[
        "time_format",
        "time_scale",
        "time_reference",
        "time_alignment",
    ]));
    columns.extend([nullable_double("time_start"), nullable_double("time_end")]);
    columns.extend([bigint("number"), bigint("num_good")]);
    columns.extend([nullable_double("exp_time"), nullable_double("frame_rate")]);
    columns.push(
        ColumnDef::new("is_uniformly_sampled")
            .boolean()
            .not_null()
            .to_owned(),
    );
    columns.push(text("flux_unit"));
    columns.extend(LIGHTCURVE_STATISTICS.map(nullable_double));
    columns.push(
        ColumnDef::new("altdata")
            .json_binary()
            .not_null()
            .to_owned(),
    );
    let mut table = table("lightcurves", columns);
    table.foreign_key(&mut cascade("lightcurves", "source_id", "sources"));
    table
}

const LIGHTCURVE_STATISTICS: [&str; 19] = [
    "flux_mean",
    "flux_rms",
    "flux_mean_robust",
    "flux_rms_robust",
    "flux_max",
    "flux_min",
    "mag_mean",
    "mag_rms",
    "mag_mean_robust",
    "mag_rms_robust",
    "mag_brightest",
    "mag_faintest",
    "snr_max",
    "snr_min",
    "snr_median",
    "dsnr_max",
    "dsnr_min",
    "dmag_brightest",
    "dmag_faintest",
];

fn sessions() -> TableCreateStatement {
    table(
        "sessions",
        [
            id(),
            text("host"),
            bigint("pid"),
            text("process_start"),
            bigint("heartbeat"),
        ],
    )
}

fn claims() -> TableCreateStatement {
    let mut table = table(
        "claims",
        [text("observatory"), text("source_name"), bigint("session")],
    );
    table
        .primary_key(Index::create().col("observatory").col("source_name"))
        .foreign_key(&mut cascade("claims", "session", "sessions"));
    table
}

/// The name of a source comes first where one exists: queries ask for names, and what belongs to a source is
/// deleted with it.
fn indices() -> Vec<IndexCreateStatement> {
    let unique = true;
    vec![
        index("projects", &["name", "cfg_hash"], unique),
        index("sources", &["project_id", "name"], unique),
        index("sources", &["project_id", "catalog_row", "id"], !unique),
        index("sources", &["healpix"], !unique),
        index("raw_photometry", &["source_name", "observatory"], unique),
        index("raw_photometry", &["outcome"], !unique),
        index("reductions", &["source_id", "observatory"], unique),
        index("reductions", &["outcome"], !unique),
        index(
            "lightcurves",
            &[
                "source_id",
                "observatory",
                "kind",
                "series_number",
                "injection_number",
                "project_id",
            ],
            unique,
        ),
        index("claims", &["session"], !unique),
    ]
}
