//! A query carried out on the tables that are held.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::adql::{self, Condition, Item, Literal, Name, Select};
use super::table::{Table, TapColumn, TapType, TapValue};
use crate::irsa::separation;

/// The rows that a query selects; the error is in words as a service's.
pub(crate) fn run(query: &str, tables: &BTreeMap<String, Table>) -> Result<Table, String> {
    let select = adql::parse(query)?;
    let table = find_table(&select.table, tables)?;
    let mut rows: Vec<&Vec<TapValue>> = Vec::new();
    for row in &table.rows {
        let mut all = true;
        for condition in &select.conditions {
            all = all && holds(condition, table, row)?;
        }
        if all {
            rows.push(row);
        }
    }
    for (name, descending) in select.order.iter().rev() {
        let place = find_column(name, table)?;
        rows.sort_by(|a, b| {
            let order = compare(&a[place], &b[place]);
            if *descending { order.reverse() } else { order }
        });
    }
    rows.truncate(select.top.unwrap_or(usize::MAX));
    project(&select, table, &rows)
}

fn find_table<'a>(path: &[Name], tables: &'a BTreeMap<String, Table>) -> Result<&'a Table, String> {
    let fits = |full: &str| {
        // a name in quotes may hold dots and slashes; a schema may be left out
        let whole = matches!(path, [one] if one.fits(full));
        let parts: Vec<&str> = full.rsplit('.').collect();
        let ends = path.len() <= parts.len()
            && path
                .iter()
                .rev()
                .zip(&parts)
                .all(|(name, part)| name.fits(part));
        whole || ends
    };
    let found = tables.iter().find(|(name, _)| fits(name));
    found.map(|(_, table)| table).ok_or_else(|| {
        let names: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
        let name = names.join(".");
        format!("1 unresolved identifiers: {name} ! * Unknown table \"{name}\" !")
    })
}

fn find_column(name: &Name, table: &Table) -> Result<usize, String> {
    let mut fitting = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| name.fits(&column.name));
    let text = &name.text;
    match (fitting.next(), fitting.next()) {
        (Some((place, _)), None) => Ok(place),
        (None, _) => Err(format!(
            "1 unresolved identifiers: {text} ! * Unknown column \"{text}\" !"
        )),
        (Some(_), Some(_)) => Err(format!(
            "1 unresolved identifiers: {text} ! * Ambiguous column name \"{text}\"! It may be more than one column."
        )),
    }
}

fn holds(condition: &Condition, table: &Table, row: &[TapValue]) -> Result<bool, String> {
    let value = |name: &Name| Ok::<_, String>(&row[find_column(name, table)?]);
    Ok(match condition {
        Condition::Compare(name, sign, literal) => {
            order(value(name)?, literal).is_some_and(|order| match sign.as_str() {
                "=" => order == Ordering::Equal,
                "<" => order == Ordering::Less,
                ">" => order == Ordering::Greater,
                "<=" => order != Ordering::Greater,
                ">=" => order != Ordering::Less,
                _ => order != Ordering::Equal,
            })
        }
        Condition::Between(name, low, high) => {
            let value = value(name)?;
            order(value, low).is_some_and(Ordering::is_ge)
                && order(value, high).is_some_and(Ordering::is_le)
        }
        Condition::OneOf(name, literals) => {
            let value = value(name)?;
            literals
                .iter()
                .any(|literal| order(value, literal) == Some(Ordering::Equal))
        }
        Condition::IsNull(name, null) => (*value(name)? == TapValue::Null) == *null,
        Condition::Cone(longitude, latitude, [ra, dec, radius]) => {
            let place = (value(longitude)?.number(), value(latitude)?.number());
            matches!(place, (Some(x), Some(y)) if separation(*ra, *dec, x, y) <= *radius)
        }
    })
}

/// `None` where SQL says "unknown".
fn order(value: &TapValue, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (TapValue::Integer(value), Literal::Number(text)) => match text.parse::<i64>() {
            Ok(number) => Some(value.cmp(&number)),
            Err(_) => (*value as f64).partial_cmp(&text.parse().ok()?),
        },
        (TapValue::Number(value), Literal::Number(text)) => value.partial_cmp(&text.parse().ok()?),
        (TapValue::Text(value), Literal::Text(text)) => Some(value.as_str().cmp(text)),
        (TapValue::Boolean(value), Literal::Text(text)) => {
            Some(value.to_string().as_str().cmp(text.as_str()))
        }
        _ => None,
    }
}

fn compare(a: &TapValue, b: &TapValue) -> Ordering {
    match (a, b) {
        (TapValue::Integer(a), TapValue::Integer(b)) => a.cmp(b),
        (TapValue::Text(a), TapValue::Text(b)) => a.cmp(b),
        _ => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            // nulls come last
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    }
}

fn project(select: &Select, table: &Table, rows: &[&Vec<TapValue>]) -> Result<Table, String> {
    if let [Item::Count(name)] = &select.items[..] {
        let name = name.as_deref().unwrap_or("COUNT_ALL");
        return Ok(Table {
            columns: vec![TapColumn::new(name, TapType::Long)],
            rows: vec![vec![TapValue::Integer(rows.len() as i64)]],
        });
    }
    let mut columns = Vec::new();
    let mut places = Vec::new();
    for item in &select.items {
        match item {
            Item::All => {
                columns.extend(table.columns.iter().cloned());
                places.extend(0..table.columns.len());
            }
            Item::Column(name, alias) => {
                let place = find_column(name, table)?;
                let mut column = table.columns[place].clone();
                if let Some(alias) = alias {
                    column.name.clone_from(alias);
                }
                columns.push(column);
                places.push(place);
            }
            Item::Count(_) => return Err("COUNT beside columns needs GROUP BY".into()),
        }
    }
    let rows = rows
        .iter()
        .map(|row| places.iter().map(|place| row[*place].clone()).collect())
        .collect();
    Ok(Table { columns, rows })
}
