import { z } from 'zod';

/** The keys that an object schema knows at a path, for suggestions; empty where it takes anything. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return objectsAt(schema, path).flatMap((object) => Object.keys(object.shape));
}

/** Paths of every setting that holds one value, such as `kafka.sasl.username`. */
export function settingPaths(schema: z.ZodType, prefix: readonly string[] = []): string[][] {
  const objects = objectsIn(schema);
  if (objects.length === 0) return prefix.length === 0 ? [] : [[...prefix]];
  const paths = objects.flatMap((object) =>
    Object.entries(object.shape).flatMap(([key, child]) => settingPaths(child as z.ZodType, [...prefix, key])),
  );
  // `tls` is true or an object: it can be set as a whole too.
  if (prefix.length > 0 && takesScalar(schema)) paths.push([...prefix]);
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}

function objectsAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodObject[] {
  const [head, ...rest] = path;
  const objects = objectsIn(schema);
  if (head === undefined) return objects;
  return objects.flatMap((object) => {
    const child = object.shape[String(head)];
    return child === undefined ? [] : objectsAt(child as z.ZodType, rest);
  });
}

function objectsIn(schema: z.ZodType): z.ZodObject[] {
  if (schema instanceof z.ZodObject) return [schema];
  if (isWrapper(schema)) return objectsIn(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => objectsIn(option as z.ZodType));
  return [];
}

function isWrapper(schema: z.ZodType): schema is z.ZodExactOptional | z.ZodDefault {
  return schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault;
}

function takesScalar(schema: z.ZodType): boolean {
  if (isWrapper(schema)) {
    return takesScalar(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodUnion && schema.options.some((option) => objectsIn(option as z.ZodType).length === 0);
}
