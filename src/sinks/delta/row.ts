/**
 * A row as the application gives it, by column name. What fits which type:
 *
 * - `string`: string. `boolean`: boolean. `binary`: Uint8Array.
 * - `byte`, `short`, `integer`, `float`, `double`: number.
 * - `long`: bigint, or a number that is an exact integer.
 * - `date`: `YYYY-MM-DD`, a Date (its UTC day), or the number of days since the epoch.
 * - `timestamp`: a Date, a number of ms since the epoch (up to the year 9999), a bigint of µs since the epoch, or an
 *   ISO 8601 text with a zone.
 * - `timestamp_ntz`: the same; a text without a zone; a Date counts by its UTC fields.
 * - `decimal(p,s)`: a decimal text, a number, or a bigint that holds the unscaled value.
 * - struct: an object; array: an array; map: a Map, an object (text keys), or an array of `[key, value]`.
 *
 * null fits every nullable column. A column that is absent or undefined is null in a new row; a merge leaves the value of
 * a row that is there already.
 */
export type Row = Readonly<Record<string, unknown>>;
