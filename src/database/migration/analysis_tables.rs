//! The second schema: what the analysis of a source gives.
//!
//! `properties` is the row that says "analysed": what belongs to an analysis refers to it by its source and goes with
//! it. Numbers per filter are a table of their own and not JSON: then they are typed, and one and the same WHERE
//! serves both databases (their functions for JSON differ) and every tool that reads tables.
//! `contributions` outlives its analysis, see the fields of its entity; `histograms` belongs to the project.

use sea_orm_migration::prelude::*;

use super::definition::{
    bigint, boolean, bytes, cascade, id, index, integer, json, nullable_bigint, nullable_double,
    nullable_integer, nullable_text, refer, table, text,
};

pub(super) struct AnalysisTables;

impl MigrationName for AnalysisTables {
    fn name(&self) -> &str {
        "0002_analysis_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AnalysisTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(properties()).await?;
        // what refers to it needs the unique index first
        for index in [
            index("properties", &["source_id"], true),
            index("properties", &["project_id", "outcome"], false),
        ] {
            manager.create_index(index).await?;
        }
        for table in [
            filter_properties(),
            detections(),
            injections(),
            analysis_files(),
            contributions(),
            histograms(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn properties() -> TableCreateStatement {
    let mut columns = vec![
        id(),
        bigint("project_id"),
        bigint("source_id"),
        text("source_name"),
        text("outcome"),
        nullable_text("message"),
        text("fingerprint"),
        text("inputs"),
        nullable_text("clock"),
    ];
    columns.extend(
        [
            "lightcurves",
            "epochs",
            "good_epochs",
            "open_ms",
            "watched_ms",
            "span_ms",
            "detections",
            "injections",
            "recovered",
        ]
        .map(bigint),
    );
    columns.extend(
        [
            "best_snr",
            "best_snr_time",
            "best_snr_false_alarm_probability",
            "period",
            "period_power",
            "period_false_alarm_probability",
        ]
        .map(nullable_double),
    );
    columns.push(json("notes"));
    let mut table = table("properties", columns);
    table.foreign_key(&mut cascade("properties", "source_id", "sources"));
    table
}

fn filter_properties() -> TableCreateStatement {
    let mut columns = vec![id(), bigint("source_id")];
    columns.extend(["observatory", "filter", "flux_unit"].map(text));
    columns.extend(["lightcurves", "number", "num_good"].map(bigint));
    columns.extend(["time_start", "time_end"].map(nullable_double));
    columns.extend(["flux_mean", "flux_rms", "mag_mean", "chi2"].map(nullable_double));
    columns.push(bigint("degrees_of_freedom"));
    columns.extend(FILTER_STATISTICS.map(nullable_double));
    of_analysis("filter_properties", columns)
}

const FILTER_STATISTICS: [&str; 14] = [
    "chi2_probability",
    "von_neumann",
    "excess_variance",
    "stetson_j",
    "stetson_k",
    "amplitude",
    "amplitude_mag",
    "best_snr",
    "best_snr_time",
    "best_snr_false_alarm_probability",
    "frequency",
    "period",
    "period_power",
    "period_false_alarm_probability",
];

fn detections() -> TableCreateStatement {
    let mut columns = vec![
        id(),
        bigint("project_id"),
        bigint("source_id"),
        text("source_name"),
        integer("injection_number"),
        integer("detection_number"),
        boolean("simulated"),
        text("method"),
        text("observatory"),
        text("filter"),
        integer("series_number"),
        bigint("peak_epoch"),
        text("clock"),
    ];
    columns.extend(
        [
            "time_start",
            "time_end",
            "peak_time",
            "peak_start",
            "peak_end",
            "snr",
            "score",
            "peak_mag",
            "peak_mag_diff",
            "false_alarm_probability",
        ]
        .map(nullable_double),
    );
    columns.push(boolean("quality_flag"));
    columns.extend(["quality_values", "extra_scores"].map(json));
    columns.push(nullable_bigint("template_index"));
    columns.push(nullable_text("template_shape"));
    columns.extend(
        [
            "template_width",
            "template_time",
            "template_amplitude",
            "template_amplitude_error",
        ]
        .map(nullable_double),
    );
    columns.push(json("parts"));
    of_analysis("detections", columns)
}

fn injections() -> TableCreateStatement {
    let mut columns = vec![
        id(),
        bigint("project_id"),
        bigint("source_id"),
        text("source_name"),
        integer("injection_number"),
        text("shape"),
        text("filter"),
        text("clock"),
    ];
    columns
        .extend(["time", "width", "amplitude", "magnitude", "snr_expected"].map(nullable_double));
    columns.push(boolean("recovered"));
    columns.push(nullable_integer("detection_number"));
    columns.extend(["filters", "parts"].map(json));
    of_analysis("injections", columns)
}

fn analysis_files() -> TableCreateStatement {
    of_analysis(
        "analysis_files",
        [
            id(),
            bigint("source_id"),
            text("observatory"),
            text("kind"),
            text("file"),
            bigint("length"),
            text("checksum"),
        ],
    )
}

/// Not deleted with the source alone: its epochs would stay in the sums for ever.
fn contributions() -> TableCreateStatement {
    let mut table = table(
        "contributions",
        [
            bigint("source_id"),
            bigint("project_id"),
            boolean("withdrawn"),
            bytes("counts"),
        ],
    );
    table
        .primary_key(Index::create().col("source_id"))
        .foreign_key(&mut refer("contributions", "source_id", "sources"))
        .foreign_key(&mut cascade("contributions", "project_id", "projects"));
    table
}

fn histograms() -> TableCreateStatement {
    let mut table = table(
        "histograms",
        [
            id(),
            bigint("project_id"),
            text("name"),
            bigint("writer"),
            text("layout"),
            text("axes"),
            bytes("added"),
            bytes("withdrawn"),
        ],
    );
    table.foreign_key(&mut cascade("histograms", "project_id", "projects"));
    table
}

fn indices() -> Vec<IndexCreateStatement> {
    let unique = true;
    vec![
        index(
            "filter_properties",
            &["source_id", "observatory", "filter", "flux_unit"],
            unique,
        ),
        index(
            "detections",
            &["source_id", "injection_number", "detection_number"],
            unique,
        ),
        index("detections", &["project_id", "simulated", "snr"], !unique),
        index("injections", &["source_id", "injection_number"], unique),
        index("injections", &["project_id", "recovered"], !unique),
        index(
            "analysis_files",
            &["source_id", "observatory", "kind"],
            unique,
        ),
        index("contributions", &["project_id", "withdrawn"], !unique),
        index(
            "histograms",
            &["project_id", "writer", "name", "layout"],
            unique,
        ),
    ]
}

/// A table of rows that belong to the analysis of a source.
fn of_analysis(
    name: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> TableCreateStatement {
    let mut table = table(name, columns);
    table.foreign_key(
        ForeignKey::create()
            .from(name, "source_id")
            .to("properties", "source_id")
            .on_delete(ForeignKeyAction::Cascade),
    );
    table
}
