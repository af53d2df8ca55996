//! Getting a published catalog once.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Catalog, CatalogError, CatalogParameters, Places};

/// Unpacked catalogs are not larger than this (bytes); the white dwarfs are about 1 GB.
const LARGEST_UNPACKED: u64 = 16 << 30;

/// The file of the catalog, downloaded to `<data root>/catalogs/` if it is nowhere and its `url` is known.
///
/// `fetch` puts what an address sends into a file. What it put there is kept only if it has the expected
/// checksum, is a table with the needed columns and has at least one good row; it is unpacked if the name of the
/// catalog does not end in `.gz`, and appears under its name all at once. Otherwise nothing is left behind.
pub async fn download<F, E>(
    parameters: &CatalogParameters,
    places: &Places,
    fetch: impl FnOnce(Url, PathBuf) -> F,
) -> Result<PathBuf, CatalogError>
where
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let resolved = parameters.resolved();
    let filename = resolved.filename.clone().ok_or(CatalogError::NoFile)?;
    let missing = match places.find(&filename) {
        Ok(found) => return Ok(found),
        Err(missing) => missing,
    };
    let (Some(address), Some(root)) = (&resolved.url, &places.data_root) else {
        return Err(missing);
    };
    let url = Url::parse(address).map_err(|error| CatalogError::BadUrl {
        url: address.clone(),
        cause: error.to_string(),
    })?;
    let Some(base) = Path::new(&filename).file_name() else {
        return Err(missing);
    };
    let kept = root.join("catalogs").join(base);
    let part = tokio_blocking({
        let kept = kept.clone();
        move || temporary_beside(&kept)
    })
    .await?;
    let path = part.to_path_buf();
    fetch(url, path)
        .await
        .map_err(|error| CatalogError::Download {
            url: address.clone(),
            cause: error.to_string(),
        })?;
    let address = address.clone();
    tokio_blocking(move || keep(part, &kept, &resolved, &address)).await
}

/// Runs what reads or writes large files off the async threads.
async fn tokio_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// An empty file in the folder of `kept`, with the same extension, that vanishes unless it is kept.
fn temporary_beside(kept: &Path) -> Result<tempfile::TempPath, CatalogError> {
    let folder = kept.parent().unwrap_or(Path::new("."));
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    std::fs::create_dir_all(folder).map_err(|cause| CatalogError::unwritable(folder, cause))?;
    crate::disk::temporary_in(folder, &format!(".{name}"))
        .map(tempfile::NamedTempFile::into_temp_path)
        .map_err(|cause| CatalogError::unwritable(kept, cause))
}

fn keep(
    part: tempfile::TempPath,
    kept: &Path,
    parameters: &CatalogParameters,
    url: &str,
) -> Result<PathBuf, CatalogError> {
    check_sum(&part, parameters, url)?;
    let whole = if is_packed(&part)? && kept.extension().is_none_or(|extension| extension != "gz") {
        unpack(&part, temporary_beside(kept)?, url)?
    } else {
        part
    };
    let refused = |problem: String| CatalogError::NotTheCatalog {
        url: url.to_owned(),
        problem,
    };
    let catalog =
        Catalog::from_file(&whole, parameters).map_err(|error| refused(error.to_string()))?;
    if catalog.is_empty() {
        return Err(refused("it has no good row".to_owned()));
    }
    whole
        .persist(kept)
        .map_err(|error| CatalogError::unwritable(kept, error.error))?;
    Ok(kept.to_owned())
}

fn check_sum(part: &Path, parameters: &CatalogParameters, url: &str) -> Result<(), CatalogError> {
    let Some(expected) = &parameters.checksum else {
        return Ok(());
    };
    let unreadable = |cause| CatalogError::unreadable(part, cause);
    let mut file = File::open(part).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let found: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(CatalogError::Checksum {
        url: url.to_owned(),
        expected: expected.clone(),
        found,
    })
}

fn is_packed(file: &Path) -> Result<bool, CatalogError> {
    let mut start = Vec::new();
    File::open(file)
        .and_then(|file| file.take(2).read_to_end(&mut start))
        .map_err(|cause| CatalogError::unreadable(file, cause))?;
    Ok(start == [0x1f, 0x8b])
}

fn unpack(
    packed: &Path,
    target: tempfile::TempPath,
    url: &str,
) -> Result<tempfile::TempPath, CatalogError> {
    let refused = |problem: String| CatalogError::NotTheCatalog {
        url: url.to_owned(),
        problem,
    };
    let file = File::open(packed).map_err(|cause| CatalogError::unreadable(packed, cause))?;
    let mut unpacked = MultiGzDecoder::new(BufReader::new(file)).take(LARGEST_UNPACKED + 1);
    let mut out =
        File::create(&target).map_err(|cause| CatalogError::unwritable(&target, cause))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match unpacked.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(refused(format!("it cannot be unpacked: {error}"))),
        };
        out.write_all(&buffer[..read])
            .map_err(|cause| CatalogError::unwritable(&target, cause))?;
    }
    if unpacked.limit() == 0 {
        return Err(refused(format!(
            "unpacked it is larger than {LARGEST_UNPACKED} bytes"
        )));
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::catalog::{NamedCatalog, make};

    /// A packed table like the published one, as far as the needed columns go.
    fn white_dwarfs(folder: &Path) -> Vec<u8> {
        let text = "source_id,ra,dec,pmra,pmdec,parallax,phot_g_mean_mag,phot_bp_mean_mag,phot_rp_mean_mag\n\
                    2868734963397148672,357.0313,32.08,1.5,-3.498,10,14.1449,14.2,14.0\n";
        let csv = folder.join("white_dwarfs.csv");
        std::fs::write(&csv, text).unwrap();
        let parameters = CatalogParameters {
            default: Some(NamedCatalog::WhiteDwarfs),
            ..CatalogParameters::default()
        };
        let fits = folder.join("white_dwarfs.fits");
        Catalog::from_file(&csv, &parameters)
            .unwrap()
            .write(&fits)
            .unwrap();
        packed(&std::fs::read(fits).unwrap())
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn parameters() -> CatalogParameters {
        // our writer's own column names
        CatalogParameters {
            filename: Some("stars.fits".to_owned()),
            url: Some("https://archive.example/stars.fits.gz".to_owned()),
            ..CatalogParameters::default()
        }
    }

    fn places(root: &Path) -> Places {
        Places {
            project: Some(root.join("project")),
            data_root: Some(root.to_owned()),
        }
    }

    async fn get(
        root: &Path,
        parameters: &CatalogParameters,
        sent: Vec<u8>,
    ) -> Result<PathBuf, CatalogError> {
        download(parameters, &places(root), |_, path| async move {
            std::fs::write(path, sent).unwrap();
            Ok::<(), Infallible>(())
        })
        .await
    }

    fn left(root: &Path) -> Vec<String> {
        let folder = std::fs::read_dir(root.join("catalogs")).unwrap();
        folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn a_catalog_is_downloaded_once_unpacked_and_then_loaded() {
        let root = tempfile::tempdir().unwrap();
        let sent = white_dwarfs(root.path());
        let kept = get(root.path(), &parameters(), sent).await.unwrap();
        assert_eq!(left(root.path()), ["stars.fits"]);
        let again = download(&parameters(), &places(root.path()), |_, _| async {
            Err("asked again")
        })
        .await;
        assert_eq!(again.unwrap(), kept);
        let catalog = Catalog::load(&parameters(), &places(root.path())).unwrap();
        assert_eq!(catalog.name(0), Some("2868734963397148672"));
    }

    #[tokio::test]
    async fn a_page_of_html_never_becomes_a_catalog() {
        let root = tempfile::tempdir().unwrap();
        for sent in [
            b"<html>404 not found</html>".to_vec(),
            packed(b"<html></html>"),
            b"\x1f\x8bxx".to_vec(),
            Vec::new(),
        ] {
            let error = get(root.path(), &parameters(), sent).await.unwrap_err();
            assert!(
                matches!(error, CatalogError::NotTheCatalog { .. }),
                "{error}"
            );
            assert!(left(root.path()).is_empty());
        }
    }

    #[tokio::test]
    async fn an_empty_or_truncated_table_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let empty = root.path().join("empty.fits");
        make(0, 1).write(&empty).unwrap();
        let whole = root.path().join("whole.fits");
        make(200, 1).write(&whole).unwrap();
        let mut cut = std::fs::read(whole).unwrap();
        cut.truncate(9_000);
        for sent in [std::fs::read(empty).unwrap(), cut] {
            let error = get(root.path(), &parameters(), sent).await.unwrap_err();
            assert!(
                matches!(error, CatalogError::NotTheCatalog { .. }),
                "{error}"
            );
            assert!(left(root.path()).is_empty());
        }
    }

    #[tokio::test]
    async fn a_wrong_checksum_or_a_failed_download_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let sent = white_dwarfs(root.path());
        let expecting = CatalogParameters {
            checksum: Some("0".repeat(64)),
            ..parameters()
        };
        let error = get(root.path(), &expecting, sent).await.unwrap_err();
        assert!(matches!(error, CatalogError::Checksum { .. }), "{error}");
        let error = download(&parameters(), &places(root.path()), |_, _| async {
            Err("the line is dead")
        })
        .await;
        assert!(error.unwrap_err().to_string().contains("the line is dead"));
        assert!(left(root.path()).is_empty());
    }
}
