import { z } from 'zod';

/** The keys that an object schema knows at a path, for suggestions; empty where it takes anything. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return objectsAt(schema, path).flatMap((object) => Object.keys(object.shape));
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
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault) {
    return objectsIn(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => objectsIn(option as z.ZodType));
  return [];
}
