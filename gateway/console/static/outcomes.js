// What lanes answered to commands; an answer may be here before the command's own receipt is.
const KEPT_MAX = 200;
const answered = new Map();
const waiting = new Map();

export const outcomeOf = (commandId) => answered.get(commandId);

export function whenAnswered(commandId, tell) {
  if (answered.has(commandId)) tell(answered.get(commandId));
  else waiting.set(commandId, tell);
}

export function laneAnswered(commandId, outcome) {
  answered.set(commandId, outcome);
  if (answered.size > KEPT_MAX) answered.delete(answered.keys().next().value);
  waiting.get(commandId)?.(outcome);
  waiting.delete(commandId);
}
