import {
  SpikesegError,
  type ModelSource,
  type Segmentation,
  type SegmentOptions,
} from '../src/index.ts';
import { CheckpointDialog, isCheckpoint } from './checkpoint/dialog.ts';
import { describeLoaded } from './checkpoint/loaded.ts';
import { listenForLook } from './controls.ts';
import { element } from './dom.ts';
import { EffectPanel } from './effects/panel.ts';
import { Compare } from './firing/compare.ts';
import { FiringPanel } from './firing/panel.ts';
import { Raster } from './firing/raster.ts';
import { Time } from './firing/time.ts';
import { Timeline } from './firing/timeline.ts';
import type { FiringResult } from './firing/view.ts';
import { summary } from './format.ts';
import { Hover } from './hover.ts';
import { Legend } from './legend.ts';
import { connectLive } from './live/connect.ts';
import { ModelPicker } from './models.ts';
import { Numbers } from './numbers.ts';
import { displayColors } from './palette.ts';
import { decode, pictureName, type Picture } from './picture.ts';
import { LoadingBar } from './progress.ts';
import { openSample, Samples } from './samples.ts';
import { SaveButtons } from './save.ts';
import { Session } from './session.ts';
import { listenForFiles } from './sources.ts';
import { Stage } from './stage.ts';
import { Timesteps } from './timesteps.ts';
import { explain, missingSupport, ProblemPanel, type Problem } from './unsupported.ts';

const session = new Session();
const stage = new Stage();
const loading = new LoadingBar(() => models.pickFirst());
const numbers = new Numbers(() => void segment());
const problem = new ProblemPanel(() => void load(model));
const models = new ModelPicker({
  onPick: (wanted) => void load(wanted),
  onCheckpoint: (file) => void checkpoints.inspect(file),
  onWrongFiles: complain,
});
const checkpoints = new CheckpointDialog(({ name, origin, source, notices }) => {
  models.showOpened(name, origin);
  void load(source, notices);
});
const saves = new SaveButtons(stage, complain);
const samples = new Samples((sample) => void choose((signal) => openSample(sample, signal)));
const legend = new Legend({
  onHidden: (hidden) => {
    stage.setLook({ hidden });
    effects.update();
  },
  onSpotlight: (spotlight) => stage.setLook({ spotlight }),
});
const firing = new FiringPanel({
  onSwitch: () => void segment(),
  origin: () => session.origin(),
  onError: complain,
});
const effects = new EffectPanel(stage, () => void segment(), complain);
const live = connectLive({
  stage,
  session,
  effects,
  options: segmentOptions,
  onStart: begin,
  onResult: (segmentation) => {
    setResult(segmentation);
    result.textContent = segmentation === undefined ? '' : summary(segmentation);
  },
  onStop: () => {
    result.hidden = false;
  },
  onError: stumble,
});
const timesteps = new Timesteps({ ask, onShow: showMask, onError: stumble });
const hover = new Hover(stage.view, (label) => legend.mark(label));
const notice = element('notice', HTMLElement);
const result = element('result', HTMLElement);

let model: ModelSource = models.selected;
let choice = new AbortController();

firing.add(new Time(ask, async () => (await session.stats())?.timestamps));
firing.add(new Raster(firing.select, ask));
firing.add(new Compare(firing.select, () => session.segmenter?.model.title ?? ''));
firing.add(new Timeline());
listenForLook(stage, legend);
listenForFiles((file) => {
  if (isCheckpoint(file)) void checkpoints.inspect(file);
  else open(file);
});
samples.pickFirst();
void load(model);

/** Loads a model, then segments the photo that is there. `notices` are shown beside the model's own. */
async function load(wanted: ModelSource, notices: readonly string[] = []): Promise<void> {
  model = wanted;
  problem.hide();
  describeLoaded(undefined, notices);
  setResult(undefined);
  const missing = missingSupport();
  if (missing !== undefined) {
    fail(missing);
    return;
  }
  loading.show(typeof wanted === 'object' && 'checkpoint' in wanted);
  result.textContent = 'The model is loading.';
  try {
    const segmenter = await session.load(wanted, (progress) => loading.update(progress));
    if (segmenter === undefined) return;
    const colors = displayColors(segmenter.model.classes);
    stage.setLook({ colors });
    legend.setClasses(segmenter.model.classes, colors);
    models.describe(segmenter.model);
    describeLoaded(segmenter.model, notices);
    effects.setClasses(segmenter.model.classes);
    live.setInputSize(segmenter.model.inputSize);
    numbers.setModel(segmenter.model);
    loading.hide();
    await segment();
  } catch (error) {
    fail(explain(error));
  }
}

function open(file: File): void {
  if (file.type.startsWith('video/')) void live.startFile(file);
  else void choose(() => decode(file, file.name, file.name));
}

/** Shows the photo that `open` gives, unless another is chosen meanwhile, and segments it. */
async function choose(open: (signal: AbortSignal) => Promise<Picture>): Promise<void> {
  live.stop();
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
  // The next frame is on its way.
  if (session.segmenter === undefined || stage.empty || live.on) return;
  stage.setBusy(true);
  result.textContent = 'Segmenting …';
  try {
    const segmentation = await session.segment(stage.photo, segmentOptions());
    if (segmentation === undefined) return;
    setResult(segmentation);
    result.textContent = summary(segmentation);
    stage.setBusy(false);
    numbers.show(await session.stats(), segmentation.timings);
  } catch (error) {
    stage.setBusy(false);
    result.textContent = '';
    stumble(error);
  }
}

function segmentOptions(): Omit<SegmentOptions, 'signal'> {
  return { ...firing.options, scores: effects.wantsScores };
}

/** A camera or a video takes the place of the photo. */
function begin(title: string): void {
  choice.abort();
  notice.hidden = true;
  stage.setBusy(false);
  result.hidden = true;
  samples.mark(title);
  saves.setName(pictureName(title));
}

/** Segments the photo on the stage once more, in another way. A video goes on by itself. */
async function ask(options: SegmentOptions): Promise<Segmentation | undefined> {
  if (live.on) return undefined;
  return session.ask(stage.photo, { ...options, scores: effects.wantsScores });
}

function setResult(segmentation: Segmentation | undefined): void {
  showMask(segmentation);
  firing.setResult(firingResult(segmentation));
  timesteps.setAnswer(live.on ? undefined : segmentation, session.segmenter?.model.levels ?? 1);
}

/** Shows a mask, and leaves all else as it is. */
function showMask(segmentation: Segmentation | undefined): void {
  stage.setResult(segmentation);
  hover.setResult(segmentation, stage.look.colors);
  legend.setShares(segmentation?.classes);
  saves.setResult(segmentation);
  effects.setResult(segmentation);
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

/** Tells what went wrong while segmenting. */
function stumble(error: unknown): void {
  if (error instanceof SpikesegError && error.code !== 'image-invalid') fail(explain(error));
  else complain(error);
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
