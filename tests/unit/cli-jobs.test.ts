import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planJobs } from '../../src/node/jobs.ts';
import { scratchFolder } from '../support/cli.ts';

const NONE = { mask: undefined, overlay: undefined };

/** A folder with empty files of these names. */
async function folderOf(...names: readonly string[]): Promise<string> {
  const folder = await scratchFolder();
  for (const name of names) await writeFile(join(folder, name), '');
  return folder;
}

test('one picture is written to the file named, or into the folder', async () => {
  const folder = await folderOf('photo.jpg');
  const picture = join(folder, 'photo.jpg');
  const plan = async (mask: string) => {
    const { jobs, single } = await planJobs([picture], { ...NONE, mask });
    expect(single).toBe(true);
    return jobs.map((job) => job.mask);
  };
  expect(await plan('out.png')).toEqual(['out.png']);
  expect(await plan(folder)).toEqual([join(folder, 'photo.png')]);
  expect(await plan('new/')).toEqual([join('new', 'photo.png')]);
});

test('a folder stands for its pictures, by extension and in order', async () => {
  const folder = await folderOf('b.PNG', 'a.jpeg', 'notes.txt', 'README');
  await mkdir(join(folder, 'inner.jpg'));
  const { jobs, single, ignored } = await planJobs([folder], { mask: 'masks', overlay: 'over' });
  expect({ single, ignored }).toEqual({ single: false, ignored: 2 });
  expect(jobs).toEqual([
    {
      picture: join(folder, 'a.jpeg'),
      mask: join('masks', 'a.png'),
      overlay: join('over', 'a.png'),
    },
    {
      picture: join(folder, 'b.PNG'),
      mask: join('masks', 'b.png'),
      overlay: join('over', 'b.png'),
    },
  ]);
});

test('what would overwrite something is refused by name', async () => {
  const folder = await folderOf('a.jpg', 'a.png', 'c.jpg');
  const at = (name: string) => join(folder, name);
  await expect(planJobs([folder], { ...NONE, mask: 'masks' })).rejects.toThrow(
    `${at('a.jpg')} and ${at('a.png')} would both be written to ${join('masks', 'a.png')}`,
  );
  await expect(planJobs([at('a.png')], { ...NONE, mask: at('a.png') })).rejects.toThrow(
    `would overwrite the picture ${at('a.png')}`,
  );
  await expect(planJobs([folder], { ...NONE, mask: folder })).rejects.toThrow('would overwrite');
  await expect(planJobs([at('c.jpg')], { mask: 'x.png', overlay: './x.png' })).rejects.toThrow(
    'mask and overlay of',
  );
});

test('what cannot work is refused before anything is done', async () => {
  const folder = await folderOf('a.jpg', 'b.jpg');
  const empty = await folderOf('notes.txt');
  const picture = join(folder, 'a.jpg');
  const refusals = [
    [[folder], { ...NONE, mask: 'mask.png' }, 'mask.png must be a folder'],
    [[picture], { ...NONE, mask: 'mask.jpg' }, 'name it mask.png'],
    [[picture], { ...NONE, overlay: 'over.doc' }, 'names no format of pictures'],
    [[empty], NONE, 'holds no pictures'],
    [[join(folder, 'c.jpg')], NONE, 'c.jpg cannot be read: it does not exist'],
  ] as const;
  for (const [inputs, outputs, message] of refusals) {
    await expect(planJobs(inputs, outputs)).rejects.toThrow(message);
  }
});
