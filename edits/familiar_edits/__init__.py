"""What should change: change sets, refactorings, verification. The only room that runs the user's tests."""
