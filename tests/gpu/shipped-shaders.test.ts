import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { minifyWgsl } from '../../scripts/build-plugins.js';
import { test } from '../support/gpu.ts';

const FOLDER = join(import.meta.dirname, '../../shaders');

describe('every shader compiles as the package ships it', () => {
  test.for(readdirSync(FOLDER))('%s', async (name, { gpu }) => {
    const code = minifyWgsl(readFileSync(join(FOLDER, name), 'utf8'));
    const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
    expect(messages.map(({ message }) => message)).toEqual([]);
  });
});
