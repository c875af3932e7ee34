export const STORIES = {};
