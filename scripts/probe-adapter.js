// Prints the WebGPU adapter that this process gets. A process of its own: a driver may crash it.
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (adapter) console.log(adapter.info.description);
