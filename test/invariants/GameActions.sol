// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { IReplayAdjudicator } from "../../contracts/disputes/IReplayAdjudicator.sol";
import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { GameMoves } from "./GameMoves.sol";

/// @notice Who plays how. Honest operators answer from what they computed, honest challengers from their own run of the
/// model and what was shown to them; both use their whole time. The others do what they like.
abstract contract GameActions is GameMoves {
    /// @dev Whether all operators that lied play on as long as they can. Every other one of them does anyway.
    bool internal _stubborn;

    /* THE CLOCK */

    /// @dev Time does not pass an honest party's deadline before its move.
    function _warpTo(uint256 seed, uint256 time) internal override {
        for (uint256 n = 0; n < 500; ++n) {
            uint256 g = _nextDue(time);
            if (g == 0) return super._warpTo(seed, time);
            uint256 last = _games[g].deadline - 1 - (_oneIn(seed, "early", 3) ? _draw(seed, "spare", 6 hours) : 0);
            if (last > block.timestamp) super._warpTo(seed, last);
            _play(g);
        }
        _require(false, "games without an end");
    }

    /// @dev The game whose honest party has to move first, before `time`; 0 for none.
    function _nextDue(uint256 time) private view returns (uint256 next) {
        for (uint256 g = 1; g <= _gameCount; ++g) {
            if (!_isLive(g) || _games[g].deadline > time || !_isPlayed(g)) continue;
            if (next == 0 || _games[g].deadline < _games[next].deadline) next = g;
        }
    }

    /// @dev Whether who is to move wants to and can.
    function _isPlayed(uint256 g) internal view returns (bool) {
        Game storage game = _games[g];
        if (block.timestamp >= game.deadline || _isSeized(game.signed)) return false;
        if (!_isOperators(g)) return game.honest;
        Work memory w = _workOf(game.signed);
        if (w.lie == Lie.None) return true;
        return (_stubborn || uint256(w.noise) % 2 == 0) && _canAnswer(g, w);
    }

    function _canAnswer(uint256 g, Work memory w) internal view returns (bool) {
        if (_games[g].phase == IReplayGame.Phase.Roots) return w.lie != Lie.Trace && w.roots.length <= MOST_ROOTS;
        if (!_knows(w, _games[g].tensor)) return false;
        (uint256 height, ) = _heightOf(g);
        if (height == 0) return true;
        (, bool empty) = _areChildren(g, _childrenOf(g));
        return empty;
    }

    /* HONEST MOVES, and those of liars that play well */

    function _play(uint256 g) internal forgetful {
        Game storage game = _games[g];
        // What the clock has decided for the same answer counts first; a proof would come too late for it.
        if (_isUnsettled(game.signed)) {
            _settle(game.signed, game.challenger);
            if (_isSeized(game.signed)) return;
        }
        if (game.phase == IReplayGame.Phase.Roots) _publishRoots(game.signed, stranger, _workOf(game.signed).roots);
        else if (game.phase == IReplayGame.Phase.Reveal) _reveal(g, stranger);
        else if (game.phase == IReplayGame.Phase.Choose) _answerRoots(g);
        else if (game.phase == IReplayGame.Phase.Pick) _pickDifferent(g);
        else _proveLeaf(g);
    }

    function _reveal(uint256 g, address caller) internal {
        Game storage game = _games[g];
        (uint256 height, ) = _heightOf(g);
        if (height > 0) return _revealChildren(g, caller, _childrenOf(g));
        _revealLeaf(g, caller, _claimedLeaf(_workOf(game.signed), game.tensor, game.position));
    }

    /// @dev Ends and number of roots are proven at once; else the first tensor that differs is named.
    function _answerRoots(uint256 g) private {
        uint256 i = _games[g].signed;
        address challenger = _games[g].challenger;
        bytes memory request = _signed[i].request;
        bytes32[] memory roots = _workOf(i).roots;
        if (roots.length != TENSORS) return _proveRootCount(i, challenger, roots);
        if (request.length != 3 || _trueRoot(request, 0) != roots[0]) return _proveEnd(i, challenger, true, roots);
        bytes memory output = _signed[i].output;
        bool right = output.length == 1 && _model.rootOf(TENSORS - 1, output) == roots[TENSORS - 1];
        if (!right) return _proveEnd(i, challenger, false, roots);
        for (uint256 t = 1; t < TENSORS; ++t) {
            if (_trueRoot(request, t) != roots[t]) return _choose(g, challenger, i, roots, t);
        }
    }

    function _pickDifferent(uint256 g) private {
        Game storage game = _games[g];
        bytes32[] memory shown = game.opened[game.opened.length - 1];
        (uint256 height, uint256 step) = _heightOf(g);
        bytes memory own = _model.run(_signed[game.signed].request, game.tensor);
        bytes32[] memory level = _model.levelsOf(_model.placesOf(game.tensor, own))[height - step];
        for (uint256 c = 0; c < shown.length; ++c) {
            if (shown[c] != level[game.position * 2 ** step + c]) return _pick(g, game.challenger, shown, c);
        }
    }

    /// @dev Nothing but the challenger's own run and what was shown in this game.
    function _proveLeaf(uint256 g) private {
        Game storage game = _games[g];
        (uint256 i, uint256 tensor) = (game.signed, game.tensor);
        bytes memory own = _model.leafAt(_model.run(_signed[i].request, tensor), game.position);
        uint256 different = 0;
        while (game.leaf[different] == own[different]) ++different;
        uint256 place = game.position * 1_024 + different;
        bytes32[] memory roots = _workOf(i).roots;
        if (place >= _model.lengthOf(tensor) * _model.widthOf(tensor)) {
            return _sendPadding(i, game.challenger, tensor, roots, game.leaf, _shownProof(g), true);
        }
        _proveElement(g, place / _model.widthOf(tensor), roots);
    }

    function _proveElement(uint256 g, uint256 row, bytes32[] memory roots) private {
        Game storage game = _games[g];
        bytes memory input = _model.run(_signed[game.signed].request, _model.inputOf(game.tensor - 1));
        IReplayGame.Unit memory unit = _unitOf(game.tensor, row, input, game.leaf, _shownProof(g));
        _sendUnit(game.signed, game.challenger, roots, unit, true);
    }

    /// @dev Siblings from the leaf upwards, out of the children that were shown from the root down.
    function _shownProof(uint256 g) private view returns (bytes32[] memory proof) {
        Game storage game = _games[g];
        proof = new bytes32[](game.level);
        uint256 place = game.position;
        uint256 count = 0;
        for (uint256 n = game.opened.length; n > 0; --n) {
            bytes32[][] memory levels = _model.levelsOf(game.opened[n - 1]);
            for (uint256 up = 0; up + 1 < levels.length; ++up) {
                proof[count++] = levels[up][(place % levels[up].length) ^ 1];
                place /= 2;
            }
        }
    }

    /* ACTIONS */

    /// @notice One of those who lie hands out an answer, under a new name if it has lost its old one.
    function answer(uint256 seed) external {
        uint256 slot = 1 + _draw(seed, "slot", SLOTS - 1);
        bool jailed = block.timestamp < protocol.operators.operator(_slots[slot]).jailedUntil;
        if ((jailed || _hasLeft(_slots[slot])) && _accounts.length < 40) {
            _slots[slot] = _newOperator(_accounts.length);
            _stakeAndOptIn(_slots[slot], 20_000e18);
            _registerAs(_slots[slot], 10_000e18);
            if (_standings[_slots[slot]].registered) _addSigner(_slots[slot], 0);
        }
        uint256 key = _anyKey(seed);
        for (uint256 n = 0; n < _keys.length; ++n) {
            if (_keyValid(n, _slots[slot], block.timestamp)) key = n;
        }
        uint256 model = _draw(seed, "model", _models.length);
        _anchorAlone(_issue(seed, key, model, _fitting(seed, key, model, 1)), stranger);
    }

    /// @notice Somebody challenges, as a rule an answer whose time is not over: who runs the model only a wrong one.
    function openGame(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _oneIn(seed, "right", 3) ? _isOpen : _isOpenAndWrong);
        if (_oneIn(seed, "any", 8)) i = _draw(seed, "signed", _signed.length);
        bool hidden = _models[_signed[i].model].privateInput && !_oneIn(seed, "outsider", 4);
        address challenger = hidden ? _signed[i].receipt.beneficiary : _anyAccount(seed);
        // Nobody can act as the reserve.
        if (challenger == address(0) || challenger == RESERVE) return;
        if (!_oneIn(seed, "unfunded", 12)) _fund(challenger, _replayBond);
        _openGame(i, challenger, _isWrong(i) && !_oneIn(seed, "puppet", 3), _oneIn(seed, "leaf", 2));
    }

    /// @notice Whoever is to move does, or lets it be.
    function play(uint256 seed) external {
        uint256 g = _anyGame(seed);
        if (g != 0 && (_isPlayed(g) || !_oneIn(seed, "silent", 4))) _move(seed, g);
    }

    /// @dev As the honest do, or anything; also too late, and what cannot be shown.
    function _move(uint256 seed, uint256 g) private {
        Game storage game = _games[g];
        if (_isPlayed(g)) return _play(g);
        bytes32[] memory roots = _workOf(game.signed).roots;
        if (game.phase == IReplayGame.Phase.Roots) _publishRoots(game.signed, stranger, roots);
        if (game.phase == IReplayGame.Phase.Reveal) _reveal(g, stranger);
        if (game.honest) return;
        if (game.phase == IReplayGame.Phase.Choose) {
            _choose(g, game.challenger, game.signed, roots, 1 + _draw(seed, "tensor", TENSORS - 1));
        } else if (game.phase == IReplayGame.Phase.Pick) {
            bytes32[] memory shown = game.opened[game.opened.length - 1];
            // The last child is one that the tensor does not have.
            bool missing = _oneIn(seed, "missing", 3);
            _pick(g, game.challenger, shown, missing ? shown.length - 1 : _draw(seed, "child", shown.length));
        }
    }

    /// @notice Somebody moves who must not, when it must not, or with something else.
    function meddle(uint256 seed) external {
        uint256 g = _oneIn(seed, "none", 10) ? _gameCount + 1 : _anyGame(seed);
        if (g == 0 || _signed.length == 0) return;
        Game storage game = _games[g];
        address caller = _oneIn(seed, "challenger", 2) && !game.honest ? game.challenger : _anyAccount(seed);
        if (game.honest && caller == game.challenger) return;
        bytes32[] memory roots = _workOf(game.signed).roots;
        if (_oneIn(seed, "roots", 3)) roots = new bytes32[](_draw(seed, "count", 7));
        bytes32[] memory children = _hasChildren(g) ? _childrenOf(g) : new bytes32[](_draw(seed, "size", 17));
        if (children.length > 0 && _oneIn(seed, "spoil", 3)) children[_draw(seed, "at", children.length)] = "x";
        uint256 kind = _draw(seed, "kind", 5);
        if (kind == 0) _publishRoots(_draw(seed, "signed", _signed.length), caller, roots);
        else if (kind == 1) _choose(g, caller, game.signed, roots, _draw(seed, "tensor", TENSORS + 1));
        else if (kind == 2) _revealChildren(g, caller, children);
        else if (kind == 3) _pick(g, caller, children, _draw(seed, "child", 17));
        else _revealLeaf(g, caller, new bytes(1_023 + _draw(seed, "length", 3)));
    }

    /// @dev Whether the game has nodes to show.
    function _hasChildren(uint256 g) private view returns (bool) {
        IReplayGame.Phase phase = _games[g].phase;
        if (phase != IReplayGame.Phase.Reveal && phase != IReplayGame.Phase.Pick) return false;
        (uint256 height, ) = _heightOf(g);
        return height > 0;
    }

    /// @notice Roots of an answer, also before any game.
    function publishRoots(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _oneIn(seed, "any", 2) ? _draw(seed, "signed", _signed.length) : _find(seed, _isOpen);
        _publishRoots(i, _anyAccount(seed), _workOf(i).roots);
    }

    function claimTimeout(uint256 seed) external {
        uint256 g = _anyGame(seed);
        for (uint256 n = 1; n <= _gameCount; ++n) {
            if (_isLive(n) && block.timestamp >= _games[n].deadline && !_isSeized(_games[n].signed)) g = n;
        }
        if (g == 0) return;
        uint256 i = _oneIn(seed, "another", 8) ? _draw(seed, "signed", _signed.length) : _games[g].signed;
        _claimTimeout(g, _anyAccount(seed), i);
    }

    function withdrawBond(uint256 seed) external {
        uint256 g = _anyGame(seed);
        bool any = _oneIn(seed, "any", 3);
        for (uint256 n = 1; n <= _gameCount && !any; ++n) if (_isLive(n) && _isSeized(_games[n].signed)) g = n;
        if (g != 0) _withdrawBond(g, _anyAccount(seed));
    }

    /// @notice To the next deadline of a game, or the second before or after it, where somebody tries something.
    function jumpInGame(uint256 seed) external {
        uint256 next = 0;
        for (uint256 g = 1; g <= _gameCount; ++g) {
            if (!_isLive(g) || _games[g].deadline <= block.timestamp + 1) continue;
            if (next == 0 || _games[g].deadline < _games[next].deadline) next = g;
        }
        if (next == 0) return;
        _warpTo(seed, _games[next].deadline - 1 + _draw(seed, "edge", 3));
        ++_succeeded["jumpInGame"];
        uint256 kind = _draw(seed, "kind", 3);
        if (kind == 0) _claimTimeout(next, _anyAccount(seed), _games[next].signed);
        if (kind == 1) _move(seed, next);
    }

    function setReplayBond(uint256 seed) external {
        uint96 bond = uint96(1e18 * (4 + _draw(seed, "bond", 100)));
        if (_oneIn(seed, "huge", 4)) bond = 501e18;
        address caller = _oneIn(seed, "stranger", 4) ? _anyAccount(seed) : owner;
        bytes memory data = abi.encodeCall(IDisputeManager.setReplayBond, (bond));
        bool expected = caller == owner && bond >= 5e18 && bond <= 500e18;
        if (_do("setReplayBond", caller, disputes, data, expected)) _replayBond = bond;
    }

    /// @notice What only DisputeManager or ReplayGame may do.
    function trespassInGames(uint256 seed) external {
        uint256 g = _anyGame(seed);
        if (g == 0) return;
        address caller = _anyAccount(seed);
        uint256 i = _games[g].signed;
        bytes memory data = abi.encodeCall(IReplayAdjudicator.startGame, (_gameCount + 1, _signed[i].id, caller));
        _do("trespassInGames", caller, replay, data, false);
        _do("trespassInGames", caller, disputes, abi.encodeCall(IDisputeManager.returnBond, (g)), false);
        data = abi.encodeCall(IDisputeManager.forfeitBond, (g, _signed[i].receipt));
        _do("trespassInGames", caller, disputes, data, false);
        _do("trespassInGames", caller, disputes, abi.encodeCall(IDisputeManager.seal, (caller)), false);
    }

    /// @dev One of the latest live games, or any; 0 if there is none.
    function _anyGame(uint256 seed) internal view returns (uint256) {
        uint256 first = _draw(seed, "first", 3);
        for (uint256 n = first; n < Math.min(_gameCount, 12 + first); ++n) {
            if (_isLive(_gameCount - n)) return _gameCount - n;
        }
        return _gameCount == 0 ? 0 : 1 + _draw(seed, "game", _gameCount);
    }
}
