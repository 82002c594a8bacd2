// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { ProofActions } from "./ProofActions.sol";

/// @notice Every call of a game, right or wrong: whether it must succeed, and what it must have changed.
abstract contract GameMoves is ProofActions {
    /* OPENING */

    function _openGame(uint256 i, address challenger, bool honest, bool withLeaf) internal {
        (Leaf memory leaf, uint256 b) = _leafOf(i, withLeaf || _answers[i].publishedAt == 0);
        bool hidden = _models[_signed[i].model].privateInput;
        vm.prank(challenger);
        token.approve(disputes, type(uint256).max);
        bytes memory data = abi.encodeCall(
            IDisputeManager.openGame,
            (leaf, hidden ? bytes("") : _signed[i].request, hidden ? bytes("") : _signed[i].output)
        );
        bool expected = _mayOpenGame(i, b, challenger) && _ledger[challenger].wallet >= _replayBond;
        bool merging = _answers[i].publishedAt != 0 && leaf.batch.count > 0 && _isMergeable(b, i);
        if (!_perform("openGame", challenger, disputes, data, expected, _nothing()) || !expected) return;
        _noteHeld(i, b, merging);
        Game storage game = _games[++_gameCount];
        (game.signed, game.challenger, game.honest, game.bond) = (i, challenger, honest, _replayBond);
        _turnTo(_gameCount, _rootsAt[i] == 0 ? IReplayGame.Phase.Roots : IReplayGame.Phase.Choose);
        _ledger[challenger].wallet -= _replayBond;
        _ledger[disputes].credit += _replayBond;
    }

    function _mayOpenGame(uint256 i, uint256 b, address challenger) private view returns (bool) {
        bool hidden = _models[_signed[i].model].privateInput;
        if (hidden && challenger != _signed[i].receipt.beneficiary) return false;
        if (_answers[i].publishedAt == 0) return b < _batches.length && _isPublishable(b, i);
        return _isOpen(i);
    }

    /* MOVES */

    /// @dev For all games on the answer that wait for it in time.
    function _publishRoots(uint256 i, address caller, bytes32[] memory roots) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.publishRoots, (r, roots));
        bool expected = _rootsAt[i] == 0 && _isCommitted(i, roots) && roots.length <= MOST_ROOTS;
        if (!_perform("publishRoots", caller, replay, data, expected, _nothing()) || !expected) return;
        _rootsAt[i] = block.timestamp;
        for (uint256 g = 1; g <= _gameCount; ++g) {
            if (_games[g].signed == i && _isDue(g, IReplayGame.Phase.Roots)) _turnTo(g, IReplayGame.Phase.Choose);
        }
    }

    function _choose(uint256 g, address caller, uint256 i, bytes32[] memory roots, uint256 tensor) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.choose, (g, r, _trace(roots), uint16(tensor)));
        bool expected = _isDue(g, IReplayGame.Phase.Choose) && caller == _games[g].challenger;
        expected = expected && i == _games[g].signed && _isTrace(i, roots) && tensor > 0 && tensor < TENSORS;
        if (!_perform("choose", caller, replay, data, expected, _nothing()) || !expected) return;
        (_games[g].tensor, _games[g].node) = (tensor, roots[tensor]);
        _turnTo(g, IReplayGame.Phase.Reveal);
    }

    function _revealChildren(uint256 g, address caller, bytes32[] memory children) internal {
        bytes memory data = abi.encodeCall(IReplayGame.revealChildren, (g, children));
        bool expected = false;
        if (_isDue(g, IReplayGame.Phase.Reveal)) {
            (uint256 height, ) = _heightOf(g);
            (bool right, bool empty) = _areChildren(g, children);
            expected = height > 0 && right && empty;
        }
        if (!_perform("revealChildren", caller, replay, data, expected, _nothing()) || !expected) return;
        _games[g].opened.push(children);
        _turnTo(g, IReplayGame.Phase.Pick);
    }

    function _pick(uint256 g, address caller, bytes32[] memory children, uint256 child) internal {
        bytes memory data = abi.encodeCall(IReplayGame.pick, (g, children, child));
        bool expected = _isDue(g, IReplayGame.Phase.Pick) && caller == _games[g].challenger;
        if (expected) {
            (bool right, ) = _areChildren(g, children);
            expected = right && child < children.length && _isPresent(g, child);
        }
        if (!_perform("pick", caller, replay, data, expected, _nothing()) || !expected) return;
        Game storage game = _games[g];
        (, uint256 step) = _heightOf(g);
        game.position = game.position * 2 ** step + child;
        game.level += step;
        game.node = children[child];
        _turnTo(g, IReplayGame.Phase.Reveal);
        if (game.opened.length > 1) ++_succeeded["pick again"];
    }

    function _revealLeaf(uint256 g, address caller, bytes memory leaf) internal {
        bytes memory data = abi.encodeCall(IReplayGame.revealLeaf, (g, leaf));
        bool expected = false;
        if (_isDue(g, IReplayGame.Phase.Reveal) && leaf.length == 1_024) {
            (uint256 height, ) = _heightOf(g);
            bytes32 hash = _model.leafHash(_games[g].tensor, _games[g].position, leaf);
            expected = height == 0 && hash == _games[g].node;
        }
        if (!_perform("revealLeaf", caller, replay, data, expected, _nothing()) || !expected) return;
        _games[g].leaf = leaf;
        _turnTo(g, IReplayGame.Phase.Prove);
    }

    /* ENDS */

    function _claimTimeout(uint256 g, address caller, uint256 i) internal {
        Game storage game = _games[g];
        bool operators = _isOperators(g);
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.claimTimeout, (g, r));
        bool expected = _isLive(g) && block.timestamp >= game.deadline && i == game.signed && !_isSeized(i);
        if (operators) expected = expected && _isOverturnable(i);
        Toll memory toll = operators ? _tollOf(i) : Toll(game.challenger, game.bond, game.bond - game.bond / 2);
        if (!_perform("claimTimeout", caller, replay, data, expected, toll) || !expected) return;
        if (operators) {
            ++_succeeded["operator out of time"];
            _require(_isWrong(i), "an honest operator lost");
            _noteOverturned(i, game.challenger);
            _returnBond(g);
        } else {
            ++_succeeded["challenger out of time"];
            _require(!game.honest, "an honest challenger lost");
            _noteReleased(i);
            _forfeitBond(g);
        }
        game.phase = IReplayGame.Phase.Over;
    }

    /// @dev Half to the operator, the rest to the reserve.
    function _forfeitBond(uint256 g) private {
        uint256 half = _games[g].bond / 2;
        _ledger[disputes].credit -= _games[g].bond;
        _ledger[_signed[_games[g].signed].receipt.operator].credit += half;
        _ledger[RESERVE].credit += _games[g].bond - half;
        _games[g].bond = 0;
    }

    function _returnBond(uint256 g) private {
        _ledger[disputes].credit -= _games[g].bond;
        _ledger[_games[g].challenger].credit += _games[g].bond;
        _games[g].bond = 0;
    }

    function _withdrawBond(uint256 g, address caller) internal {
        bytes memory data = abi.encodeCall(IReplayGame.withdrawBond, (g));
        bool expected = _isLive(g) && _isSeized(_games[g].signed);
        if (!_perform("withdrawBond", caller, replay, data, expected, _nothing()) || !expected) return;
        _returnBond(g);
        _games[g].phase = IReplayGame.Phase.Over;
    }
}
