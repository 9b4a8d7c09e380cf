// The course of one model's training, put together from what its run tells.

/** An empty course. */
export const newCourse = (model) => ({
  model, recipe: "", epochs: 0, examples: 0, done: new Map(), tail: [], rates: [], now: null, published: null,
});

/** The course of a model among those of a run; a new one if there is none yet. */
export function courseOf(courses, model) {
  if (!courses.has(model)) courses.set(model, newCourse(model));
  return courses.get(model);
}

/** Take an event in; gives whether it belongs to a course. */
export function takeIn(courses, event) {
  if (!event.model) return false;
  const course = courseOf(courses, event.model);
  if (event.event === "Started") {
    Object.assign(course, { recipe: event.recipe, epochs: event.epochs, examples: event.examples, tail: [] });
  } else if (event.event === "Stepped") {
    course.epochs = event.epochs;
    course.now = event;
    const at = event.epoch - 1 + event.step / event.steps;
    if (course.tail.length && course.tail[0].epoch !== event.epoch) course.tail = [];
    course.tail.push({ epoch: event.epoch, at, loss: event.loss, accuracy: event.accuracy });
    addRate(course, at, event.learning_rate);
  } else if (event.event === "EpochEnded") {
    course.epochs = event.epochs;
    course.done.set(event.epoch, event);
    course.tail = [];
    course.now = { ...course.now, ...event, step: 1, steps: 1 };
    addRate(course, event.epoch, event.learning_rate);
  } else if (event.event === "Published") {
    course.published = event;
    course.tail = [];
  }
  return true;
}

function addRate(course, at, rate) {
  // A run that goes on from a checkpoint tells part of its course again.
  while (course.rates.length && course.rates.at(-1)[0] >= at) course.rates.pop();
  course.rates.push([at, rate]);
}

/** How far it is, as a share of one. */
export function share(course) {
  if (course.published) return 1;
  if (!course.now || !course.epochs) return 0;
  return Math.min(1, (course.now.epoch - 1 + course.now.step / course.now.steps) / course.epochs);
}

/** The finished epochs, first epoch first. */
export const epochsOf = (course) => [...course.done.values()].sort((a, b) => a.epoch - b.epoch);

/** The points of a figure of it: those of the finished epochs, then the epoch that goes on. */
export function points(course, key) {
  const done = epochsOf(course).map((epoch) => [epoch.epoch, epoch[key]]);
  return [...done, ...course.tail.filter((it) => key in it).map((it) => [it.at, it[key]])];
}

/** The epoch with the highest accuracy on the validation split, or null. */
export const bestOf = (course) =>
  epochsOf(course).reduce((best, it) => (!best || it.validation_accuracy > best.validation_accuracy ? it : best), null);
