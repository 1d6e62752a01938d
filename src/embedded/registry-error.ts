/**
 * A refusal, with the code and the HTTP status of Confluent's registry (its API reference, Errors). The status is the
 * first three digits of a five-digit code.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly errorCode: number;
  constructor(errorCode: number, message: string) {
    super(message);
    this.errorCode = errorCode;
  }

  get status(): number {
    return this.errorCode > 999 ? Math.floor(this.errorCode / 100) : this.errorCode;
  }
}

export const subjectNotFound = (subject: string): RegistryError =>
  new RegistryError(40401, `Subject '${subject}' not found.`);
export const versionNotFound = (version: number | string): RegistryError =>
  new RegistryError(40402, `Version ${version} not found.`);
export const schemaNotFound = (id?: number): RegistryError =>
  new RegistryError(40403, id === undefined ? 'Schema not found' : `Schema ${id} not found`);
export const subjectSoftDeleted = (subject: string): RegistryError =>
  new RegistryError(40404, `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`);
export const subjectNotSoftDeleted = (subject: string): RegistryError =>
  new RegistryError(40405, `Subject '${subject}' was not deleted first before being permanently deleted`);
export const versionSoftDeleted = (subject: string, version: number): RegistryError =>
  new RegistryError(
    40406,
    `Subject '${subject}' Version ${version} was soft deleted. Set permanent=true to delete permanently`,
  );
export const versionNotSoftDeleted = (subject: string, version: number): RegistryError =>
  new RegistryError(
    40407,
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  );
export const noSubjectCompatibility = (subject: string): RegistryError =>
  new RegistryError(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
export const noSubjectMode = (subject: string): RegistryError =>
  new RegistryError(40409, `Subject '${subject}' does not have subject-level mode configured`);
export const incompatible = (messages: readonly string[]): RegistryError =>
  new RegistryError(
    409,
    `Schema being registered is incompatible with an earlier schema for the subject: ${messages.join('; ')}`,
  );
export const invalidSchema = (why: string): RegistryError => new RegistryError(42201, `Invalid schema: ${why}`);
export const invalidVersion = (version: string): RegistryError =>
  new RegistryError(
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
export const invalidCompatibility = (): RegistryError =>
  new RegistryError(
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  );
export const invalidMode = (): RegistryError =>
  new RegistryError(42204, 'Invalid mode. Valid values are READWRITE, READONLY');
export const notPermitted = (subject: string): RegistryError =>
  new RegistryError(42205, `Subject ${subject} is in read-only mode`);
