"""What watches a run: history, TensorBoard, sample grids, checkpoints, guards and progress; one idea per file."""
