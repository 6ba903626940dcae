/** The default retention of a bucket. */
export interface LabObjectLock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

/** An object as it is stored in its bucket. */
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
  /** In a bucket with Object Lock: until when nobody may delete it, in milliseconds. */
  readonly retention?: { readonly mode: LabObjectLock['mode']; readonly until: number };
  /** By the model's member: `ChecksumCRC32`. */
  readonly checksums: Readonly<Record<string, string>>;
}
