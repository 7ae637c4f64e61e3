// Declares what the loader writes: one bronze table a source and reference of the data set, and the loader's own books.
for (const source of Object.values(contract.contracts)) {
  declare({
    schema: 'bronze',
    name: source.source,
    description: `Raw rows as they stand in the files. ${source.description}`,
    columns: {
      raw: 'The line as it stands in the file.',
      record: 'The record as JSON; null when the line is malformed.',
      row_hash: 'MD5 of the record, the same wherever the record lies.',
      source_file: 'File that the row was read from first, relative to the raw folder.',
      line_no: 'Line of the file, from 1.',
      batch_id: 'Load that brought the row.',
      loaded_at: 'When it was loaded (UTC).',
      problem: 'Why the line is malformed; null when it is not.',
    },
  });
}

declare({
  schema: 'ops',
  name: 'load_files',
  description: 'One row per raw file content that was loaded.',
  columns: {
    source: 'Source or reference that the file belongs to.',
    source_file: 'Path relative to the raw folder.',
    content_hash: 'SHA-256 of the bytes of the file.',
    bytes: 'Size of the file in bytes.',
    modified: 'When the file was last written to, in milliseconds since 1970.',
    rows_read: 'Records and malformed lines in the file.',
    rows_added: 'Rows that were new in bronze.',
    duplicates: 'Rows that bronze held already.',
    malformed: 'Lines that are no record.',
    batch_id: 'Load that brought the file.',
    loaded_at: 'When it was loaded (UTC).',
    drift:
      'Fields that are new and fields that are missing, as JSON; null when there are none or the contract does not ask.',
  },
});
