import { readdir, stat } from 'node:fs/promises';
import { extname, join, parse, resolve } from 'node:path';
import { SpikesegError } from '../errors.ts';
import { refuse } from './files.ts';
import { usage } from './options.ts';

/** One picture, and where its results go. */
export interface Job {
  readonly picture: string;
  readonly mask: string | undefined;
  readonly overlay: string | undefined;
}

export interface JobList {
  readonly jobs: readonly Job[];
  /** Whether one picture was named, so that outputs are files and not folders. */
  readonly single: boolean;
  /** Files in the folders that are no pictures, by their extension. */
  readonly ignored: number;
}

interface Outputs {
  readonly mask: string | undefined;
  readonly overlay: string | undefined;
}

const PICTURES = new Set(['.avif', '.gif', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp']);
const KINDS = [...PICTURES].join(', ');

/**
 * Lists what is to be done, before any of it is begun. Folders stand for the pictures in them.
 * @throws SpikesegError `invalid-argument` if results would overwrite a picture or each other;
 * `network` if an input does not exist or a folder has no pictures
 */
export async function planJobs(inputs: readonly string[], outputs: Outputs): Promise<JobList> {
  const [pictures, ignored] = await listPictures(inputs);
  const [first] = pictures;
  const single = pictures.length === 1 && first === inputs[0];
  const jobs = await Promise.all(
    pictures.map(async (picture) => ({
      picture,
      mask: await destination(outputs.mask, picture, single),
      overlay: await destination(outputs.overlay, picture, single),
    })),
  );
  refuseFormats(jobs);
  refuseClashes(jobs);
  return { jobs, single, ignored };
}

async function listPictures(inputs: readonly string[]): Promise<[string[], number]> {
  const pictures: string[] = [];
  let ignored = 0;
  for (const input of inputs) {
    const found = await stat(input).catch(refuse(input, 'read'));
    if (!found.isDirectory()) {
      pictures.push(input);
      continue;
    }
    const entries = await readdir(input, { withFileTypes: true }).catch(refuse(input, 'read'));
    const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    const names = files.filter((name) => PICTURES.has(extname(name).toLowerCase())).sort();
    ignored += files.length - names.length;
    pictures.push(...names.map((name) => join(input, name)));
    if (names.length === 0) {
      throw new SpikesegError('network', `${input} holds no pictures (${KINDS})`);
    }
  }
  return [pictures, ignored];
}

/** The file for a picture's result: `output` itself, or in the folder that it is. */
async function destination(
  output: string | undefined,
  picture: string,
  single: boolean,
): Promise<string | undefined> {
  if (output === undefined) return undefined;
  const folder = await isFolder(output);
  if (single && !folder) return output;
  if (!folder && extname(output) !== '') {
    throw usage(`${output} must be a folder, as there are several pictures`);
  }
  return join(output, `${parse(picture).name}.png`);
}

function refuseFormats(jobs: readonly Job[]): void {
  const extension = (path: string) => extname(path).toLowerCase();
  for (const { mask, overlay } of jobs) {
    if (mask !== undefined && extension(mask) !== '.png') {
      throw usage(`masks are written as PNG: name it ${parse(mask).name}.png, not ${mask}`);
    }
    if (overlay !== undefined && !PICTURES.has(extension(overlay))) {
      throw usage(`${overlay} names no format of pictures: end it in one of ${KINDS}`);
    }
  }
}

function refuseClashes(jobs: readonly Job[]): void {
  const owners = new Map(jobs.map(({ picture }) => [resolve(picture), picture]));
  const writers = new Map<string, string>();
  for (const { picture, mask, overlay } of jobs) {
    for (const output of [mask, overlay]) {
      if (output === undefined) continue;
      const path = resolve(output);
      const overwritten = owners.get(path);
      if (overwritten !== undefined) {
        throw usage(`${output} would overwrite the picture ${overwritten}: write elsewhere`);
      }
      const other = writers.get(path);
      if (other !== undefined) throw usage(clash(output, other, picture));
      writers.set(path, picture);
    }
  }
}

function clash(output: string, first: string, second: string): string {
  return first === second
    ? `mask and overlay of ${first} would both be ${output}: give them different names`
    : `${first} and ${second} would both be written to ${output}: rename one, or do them apart`;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? /[\\/]$/.test(path);
}
