/** The default retention of a bucket. */
export type LabObjectLock = { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number };

export interface LabObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: number;
  /** In a bucket with Object Lock: until when nobody may delete it, in milliseconds. */
  readonly retention?: { readonly mode: LabObjectLock['mode']; readonly until: number };
  /** What the SDK sends of every body, where it was sent. */
  readonly crc32?: string;
}
