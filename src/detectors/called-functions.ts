// Which functions a text calls that may do more than compute: what a function of the app's own does, a lock may be held for and a
// rollback may undo, and no text shows it.

import type { Shape } from '../profile/types.js';

/** PostgreSQL's own that change nothing, as far as they are common in a select list or a condition; and types that are written like a call, `numeric(10, 2)`. */
const HARMLESS: ReadonlySet<string> = new Set(
  [
    'abs age array_agg array_append array_cat array_length array_position array_remove array_to_json array_to_string avg bool_and bool_or',
    'btrim cardinality cast ceil ceiling char char_length character_length clock_timestamp coalesce concat concat_ws count cume_dist',
    'current_setting currval date date_part date_trunc decimal decode dense_rank encode every exists extract first_value floor format',
    'gen_random_uuid generate_series greatest hashtext hashtextextended initcap interval json_agg json_array_elements json_build_array',
    'json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array',
    'jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_set jsonb_typeof jsonb_to_recordset lag',
    'last_value lastval lead least left length lower lpad ltrim make_date make_interval make_timestamp max md5 min mod nextval now ntile',
    'nullif numeric octet_length percent_rank percentile_cont percentile_disc position power random rank regexp_match regexp_matches',
    'regexp_replace regexp_split_to_array repeat replace reverse right round row row_number row_to_json rpad rtrim set_config setval sign',
    'split_part sqrt starts_with statement_timestamp stddev string_agg string_to_array strpos substr substring sum time timestamp',
    'timestamptz to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc',
    'ts_rank unnest upper uuid_generate_v4 varchar version width_bucket',
  ].flatMap((line) => line.split(' ')),
);

/** A name that touches its bracket; words of the grammar keep a blank before it. */
const CALL = /((?:[\w$]+|"[^"]+")(?:\.(?:[\w$]+|"[^"]+"))*)\(/g;

/** Detectors ask once for each statement; shapes are few. */
const known = new WeakMap<Shape, string | null>();

/** The first function called that is not known to change nothing, as written; null where there is none. */
export function ownFunctionOf(shape: Shape): string | null {
  let name = known.get(shape);
  if (name === undefined) {
    name = null;
    for (const [, called] of shape.text.matchAll(CALL)) {
      const bare = (called as string).replace(/^pg_catalog\./, '');
      if (HARMLESS.has(bare) || bare.startsWith('pg_')) continue;
      name = called as string;
      break;
    }
    known.set(shape, name);
  }
  return name;
}
