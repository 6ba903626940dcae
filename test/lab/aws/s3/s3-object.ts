/** An object as it lies in its bucket. */
export interface LabObject {
  readonly body: Buffer;
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: number;
  readonly encryption: string;
  readonly kmsKeyId?: string;
  /** By the model's member: `ChecksumCRC32`. */
  readonly checksums: Readonly<Record<string, string>>;
}
