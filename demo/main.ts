import { SpikesegError, type ModelSource, type Segmentation } from '../src/index.ts';
import { listenForLook } from './controls.ts';
import { element } from './dom.ts';
import { FiringPanel } from './firing/panel.ts';
import type { FiringResult } from './firing/view.ts';
import { summary } from './format.ts';
import { Hover } from './hover.ts';
import { Legend } from './legend.ts';
import { ModelPicker } from './models.ts';
import { Numbers } from './numbers.ts';
import { displayColors } from './palette.ts';
import { decode, type Picture } from './picture.ts';
import { LoadingBar } from './progress.ts';
import { openSample, Samples } from './samples.ts';
import { SaveButtons } from './save.ts';
import { Session } from './session.ts';
import { listenForFiles } from './sources.ts';
import { Stage } from './stage.ts';
import { explain, missingSupport, ProblemPanel, type Problem } from './unsupported.ts';

const session = new Session();
const stage = new Stage();
const loading = new LoadingBar();
const numbers = new Numbers(() => void segment());
const problem = new ProblemPanel(() => void load(model));
const models = new ModelPicker((wanted) => void load(wanted), complain);
const saves = new SaveButtons(stage, complain);
const samples = new Samples((sample) => void choose((signal) => openSample(sample, signal)));
const legend = new Legend({
  onHidden: (hidden) => stage.setLook({ hidden }),
  onSpotlight: (spotlight) => stage.setLook({ spotlight }),
});
const firing = new FiringPanel(() => void segment());
const hover = new Hover(stage.view, (label) => legend.mark(label));
const notice = element('notice', HTMLElement);
const result = element('result', HTMLElement);

let model: ModelSource = models.selected;
let choice = new AbortController();

listenForLook(stage, legend);
listenForFiles((file) => void choose(() => decode(file, file.name, file.name)));
samples.pickFirst();
void load(model);

/** Loads a model, then segments the photo that is there. */
async function load(wanted: ModelSource): Promise<void> {
  model = wanted;
  problem.hide();
  setResult(undefined);
  const missing = missingSupport();
  if (missing !== undefined) {
    fail(missing);
    return;
  }
  loading.show();
  result.textContent = 'The model is loading.';
  try {
    const segmenter = await session.load(wanted, (progress) => loading.update(progress));
    if (segmenter === undefined) return;
    const colors = displayColors(segmenter.model.classes);
    stage.setLook({ colors });
    legend.setClasses(segmenter.model.classes, colors);
    models.describe(segmenter.model);
    numbers.setModel(segmenter.model);
    loading.hide();
    await segment();
  } catch (error) {
    fail(explain(error));
  }
}

/** Shows the photo that `open` gives, unless another is chosen meanwhile, and segments it. */
async function choose(open: (signal: AbortSignal) => Promise<Picture>): Promise<void> {
  choice.abort();
  const { signal } = (choice = new AbortController());
  notice.hidden = true;
  try {
    const picture = await open(signal);
    if (!signal.aborted) {
      setResult(undefined);
      stage.setPicture(picture);
      samples.mark(picture.name);
      saves.setName(picture.name);
    }
    picture.bitmap.close();
  } catch (error) {
    if (!signal.aborted) complain(error);
    return;
  }
  if (!signal.aborted) await segment();
}

/** Segments the photo on the stage, once there is a model. */
async function segment(): Promise<void> {
  if (session.segmenter === undefined || stage.empty) return;
  stage.setBusy(true);
  result.textContent = 'Segmenting …';
  try {
    const segmentation = await session.segment(stage.photo, firing.options);
    if (segmentation === undefined) return;
    setResult(segmentation);
    result.textContent = summary(segmentation);
    stage.setBusy(false);
    numbers.show(await session.stats(), segmentation.timings);
  } catch (error) {
    result.textContent = '';
    stage.setBusy(false);
    if (error instanceof SpikesegError && error.code === 'image-invalid') complain(error);
    else fail(explain(error));
  }
}

function setResult(segmentation: Segmentation | undefined): void {
  stage.setResult(segmentation);
  hover.setResult(segmentation, stage.look.colors);
  legend.setShares(segmentation?.classes);
  saves.setResult(segmentation);
  firing.setResult(firingResult(segmentation));
}

function firingResult(segmentation: Segmentation | undefined): FiringResult | undefined {
  if (segmentation?.statistics === undefined) return undefined;
  const { statistics, content, network } = segmentation;
  return {
    statistics,
    photo: stage.photo,
    content: { width: content.width / network.width, height: content.height / network.height },
    fileName: stage.fileName,
  };
}

/** Tells what is wrong with one photo or file; all else goes on. */
function complain(error: unknown): void {
  notice.textContent = error instanceof Error ? error.message : String(error);
  notice.hidden = false;
  notice.scrollIntoView({ block: 'nearest' });
}

/** Tells why nothing can be segmented. */
function fail(why: Problem): void {
  loading.hide();
  stage.setBusy(false);
  result.textContent = '';
  problem.show(why);
}
